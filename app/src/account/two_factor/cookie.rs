//! Two-factor sign-in that is being set up.
//!
//! Better Auth returns secret and backup codes once, in the answer to the form. The page is loaded
//! again after that, perhaps several times until the first code is right. Meanwhile they are kept in a cookie that only
//! this process can read. It is shown only to the person they belong to, and deleted with the sign-out. After a restart
//! of the server the person starts again.

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

/// The page that shows it, and the server functions of its forms.
const SCOPE: Scope = Scope::Below(&[paths::SETTINGS, "/actions"]);

/// Long enough to install an app.
const COOKIE_SECONDS: u32 = 15 * 60;

/// Smallest size of the picture, in pixels.
const QR_PIXELS: u32 = 200;

#[derive(Serialize, Deserialize)]
struct Kept {
    /// Id of the user they belong to.
    user: String,
    uri: String,
    codes: Vec<String>,
}

/// The data for an authenticator app. Without `Debug`, so that no log has it.
pub(super) struct KeptSetup {
    /// The QR code, as an SVG document.
    pub(super) qr: String,
    /// The secret, for typing it in.
    pub(super) secret: String,
    /// Codes for when the app is lost.
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

/// Forgets it: the second factor is confirmed, or off again, or the person signs out.
pub(in crate::account) fn forget() {
    cookies::delete(SCOPE, COOKIE);
}

/// Forgets it also when a script signs out at Better Auth's own route, which is among the routes of `site`.
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
    // A refused sign-out, another site's for example, changes nothing.
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
    // An XML declaration has no place inside a page.
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
