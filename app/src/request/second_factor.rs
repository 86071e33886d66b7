//! A second factor between its beginning and its first code.
//!
//! Better Auth tells secret and backup codes once, in the answer to the form. A page without WebAssembly is
//! loaded anew after that, perhaps several times until the first code is right; meanwhile they wait in a
//! cookie of this browser that no script can read. They are shown to the person they are of and to nobody
//! else who signs in there, and are gone with the sign-out.

use axum::http::request::Parts;
use leptos::prelude::use_context;
use leptos_better_auth::TwoFactorSetup;
use qrcode::{QrCode, render::svg};
use serde::{Deserialize, Serialize};

use super::{FactorSetup, server};

const COOKIE: &str = "two-factor-setup";

/// Long enough to install an app.
const COOKIE_SECONDS: u32 = 15 * 60;

/// Smallest size of the picture, in pixels.
const QR_PIXELS: u32 = 200;

#[derive(Serialize, Deserialize)]
struct Kept {
    /// Id of the user they are of.
    user: String,
    uri: String,
    codes: Vec<String>,
}

/// Keeps what Better Auth told the user with this id, for the next page.
pub(crate) fn keep(user: String, setup: &TwoFactorSetup) {
    let kept = Kept {
        user,
        uri: setup.totp_uri.clone(),
        codes: setup.backup_codes.clone(),
    };
    server::set_cookie(COOKIE, &server::write(&kept), COOKIE_SECONDS);
}

/// Forgets it: the second factor stands, or is off again, or the person leaves.
pub(crate) fn forget() {
    server::set_cookie(COOKIE, "", 0);
}

/// What was kept in this browser, and the id of the user it is of.
pub(super) fn kept() -> Option<(String, FactorSetup)> {
    let parts = use_context::<Parts>()?;
    let Kept { user, uri, codes } = server::read(server::cookie(&parts.headers, COOKIE)?)?;
    let code = QrCode::new(uri.as_bytes()).ok()?;
    let qr = code
        .render::<svg::Color<'_>>()
        .min_dimensions(QR_PIXELS, QR_PIXELS)
        .build();
    // An XML declaration has no place inside a page.
    let qr = qr.find("<svg").map_or("", |start| &qr[start..]).to_owned();
    let setup = TwoFactorSetup {
        totp_uri: uri,
        backup_codes: codes,
    };
    let setup = FactorSetup {
        qr,
        secret: setup.secret()?.to_owned(),
        backup_codes: setup.backup_codes,
    };
    Some((user, setup))
}
