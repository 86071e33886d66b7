//! The cookie with a set-up of two-factor sign-in that is not complete.
//!
//! Better Auth returns the secret and the backup codes once, in the answer to the form. The page is loaded again after
//! that, perhaps several times until the first code is right. Meanwhile they are kept in a cookie that only this
//! process can read. They are shown only to their user, and deleted at sign-out. After a restart of the server, the
//! person starts again.

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::Response,
};
use leptos_better_auth::{TwoFactorSetup, server::ConvexBetterAuth};
use qrcode::{QrCode, render::svg};
use serde::{Deserialize, Serialize};

use super::sealed;
use crate::{
    paths,
    request::cookies::{self, Scope},
};

const COOKIE: &str = "two-factor-setup";

/// The page that shows the set-up, and the server functions of its forms.
const SCOPE: Scope = Scope::Below(&[paths::SETTINGS, "/actions"]);

/// How long the set-up is kept: long enough to install an authenticator app.
const COOKIE_SECONDS: u32 = 15 * 60;

/// The minimum size of the QR code, in pixels.
const QR_PIXELS: u32 = 200;

#[derive(Serialize, Deserialize)]
struct Kept {
    /// The id of the user to whom the set-up belongs.
    user: String,
    uri: String,
    codes: Vec<String>,
}

/// The data for an authenticator app. It has no `Debug`, so that it cannot be logged.
pub(super) struct KeptSetup {
    /// The QR code, as an SVG document.
    pub(super) qr: String,
    /// The secret, for typing it in.
    pub(super) secret: String,
    /// The codes to use if the app is lost.
    pub(super) backup_codes: Vec<String>,
}

/// Keeps what Better Auth returned to the user with this id, for the next page.
pub(super) fn keep(user: String, setup: &TwoFactorSetup) {
    let kept = Kept {
        user,
        uri: setup.totp_uri.clone(),
        codes: setup.backup_codes.clone(),
    };
    if let Some(value) = sealed::seal(COOKIE, &kept) {
        cookies::set(SCOPE, COOKIE, &value, COOKIE_SECONDS);
    }
}

/// Deletes the set-up: the second factor is confirmed or turned off, or the person signs out.
pub(in crate::account) fn forget() {
    cookies::delete(SCOPE, COOKIE);
}

/// Also deletes the set-up when a script signs out at Better Auth's own route, which is among the routes of `site`.
pub fn forget_at_sign_out(site: Router, auth: &ConvexBetterAuth) -> Router {
    site.layer(middleware::from_fn_with_state(auth.clone(), forget_after))
}

async fn forget_after(
    State(auth): State<ConvexBetterAuth>,
    request: Request,
    next: Next,
) -> Response {
    let leaves = auth.is_sign_out(request.method(), request.uri().path());
    let mut answer = next.run(request).await;
    // A refused sign-out, such as that of another site, changes nothing.
    if leaves && answer.status() != StatusCode::FORBIDDEN {
        for line in SCOPE.lines(COOKIE, "", 0, auth.site_is_https()) {
            answer.headers_mut().append(header::SET_COOKIE, line);
        }
    }
    answer
}

/// Returns the set-up that this browser keeps for the user with this id.
pub(super) fn kept(id: &str) -> Option<KeptSetup> {
    let kept: Kept = sealed::open(COOKIE, &cookies::get(SCOPE, COOKIE)?)?;
    if kept.user != id {
        return None;
    }
    let code = QrCode::new(kept.uri.as_bytes()).ok()?;
    let qr = code
        .render::<svg::Color<'_>>()
        .min_dimensions(QR_PIXELS, QR_PIXELS)
        .build();
    // A page must not contain an XML declaration.
    let qr = qr.find("<svg").map_or("", |start| &qr[start..]).to_owned();
    let setup = TwoFactorSetup {
        totp_uri: kept.uri,
        backup_codes: kept.codes,
    };
    Some(KeptSetup {
        qr,
        secret: setup.secret()?.to_owned(),
        backup_codes: setup.backup_codes,
    })
}
