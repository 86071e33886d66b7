//! A second factor that is being set up.
//!
//! Better Auth returns secret and backup codes once, in the answer to the form. The page is loaded
//! again after that, perhaps several times until the first code is right. Meanwhile they are kept in a cookie that only
//! this process can read. It is shown only to the person they belong to, and deleted with the sign-out. After a restart
//! of the server the person starts again.

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use leptos_better_auth::TwoFactorSetup;
use qrcode::{QrCode, render::svg};
use serde::{Deserialize, Serialize};

use super::{
    FactorSetup,
    cookies::{self, Scope},
    sealed,
};

const COOKIE: &str = "two-factor-setup";

/// The page that shows it, and the server functions of its forms.
const SCOPE: Scope = Scope::Below(&["/settings", "/actions"]);

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

/// Keeps what Better Auth returned to the user with this id, for the next page.
pub(crate) fn keep(user: String, setup: &TwoFactorSetup) {
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
pub(crate) fn forget() {
    cookies::delete(SCOPE, COOKIE);
}

/// Forgets it also when a script signs out at Better Auth's own route. This is middleware for that route. Its state
/// says whether people reach the app by https.
pub async fn forget_at_sign_out(
    State(https): State<bool>,
    request: Request,
    next: Next,
) -> Response {
    let leaves = request.method() == Method::POST
        && request
            .uri()
            .path()
            .trim_end_matches('/')
            .ends_with("/sign-out");
    let mut answer = next.run(request).await;
    // A refused sign-out, another site's for example, changes nothing.
    if leaves && answer.status() != StatusCode::FORBIDDEN {
        for line in SCOPE.lines(COOKIE, "", 0, https) {
            answer.headers_mut().append(header::SET_COOKIE, line);
        }
    }
    answer
}

/// What was kept in this browser, and the id of the user it belongs to.
pub(super) fn kept() -> Option<(String, FactorSetup)> {
    let Kept { user, uri, codes } = sealed::open(COOKIE, &cookies::get(SCOPE, COOKIE)?)?;
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
