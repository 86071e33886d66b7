//! The HTTP exchange of a page or of a form.

use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use leptos_better_auth::{
    Access, require_auth,
    server::{RequestAuth, fetch_auth_query},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    DevMail,
    cookies::{self, Scope},
    mail_code, use_dev_mailbox,
};
use crate::{
    actions::{Refusal, Unreached},
    api::{self, auth::SignInMethodsResult},
};

/// What is assumed until the backend answers.
const ALL_METHODS: SignInMethodsResult = SignInMethodsResult {
    github: true,
    mail: true,
};

/// Cookie in which a refusal waits for the next page.
const COOKIE: &str = "form-refusal";

/// Better Auth's cookie, which scripts may read as well.
const LAST_METHOD: &str = "better-auth.last_used_login_method";

/// It is read by the very next page or not at all.
const COOKIE_SECONDS: u32 = 60;

/// Browsers keep cookies of up to 4096 bytes; a refusal with more typed text than fits goes without.
const COOKIE_BYTES: usize = 3500;

#[derive(Serialize, Deserialize)]
struct Kept {
    form: String,
    refusal: Refusal,
}

/// Whether the visitor is signed in: the token verifies, and its session still stands.
///
/// # Errors
///
/// When Better Auth does not answer.
pub async fn check_access() -> Result<bool, Unreached> {
    match require_auth("/sign-in").strict().decide().await {
        Access::Granted => Ok(true),
        Access::Denied { .. } => Ok(false),
        Access::Unknown => Err(Unreached),
    }
}

/// Asks whether the session still exists, after a function found nobody signed in although there is a token. If it has
/// ended, the page is rendered once more, for nobody.
pub(crate) fn doubt_session() -> impl Future<Output = ()> + Send + 'static {
    // The context is certain only before the first await.
    let auth =
        use_context::<Parts>().and_then(|parts| parts.extensions.get::<RequestAuth>().cloned());
    async move {
        if let Some(auth) = auth {
            auth.fresh_token().await;
        }
    }
}

/// The available ways to sign in; all of them if the backend does not answer.
pub fn offered() -> impl Future<Output = SignInMethodsResult> + Send + 'static {
    let asked = fetch_auth_query(api::auth::sign_in_methods());
    async move { asked.await.unwrap_or(ALL_METHODS) }
}

/// How this browser signed in last, as Better Auth's `lastLoginMethod` names it.
#[must_use]
pub fn use_last_method() -> Option<String> {
    let parts = use_context::<Parts>()?;
    cookies::sent(&parts.headers, LAST_METHOD).map(str::to_owned)
}

/// The address a code for signing in was just mailed to, if this browser asked for it.
#[must_use]
pub fn use_code_address() -> Option<String> {
    let address = mail_code::address();
    if let (Some(_), Some(response)) = (&address, use_context::<ResponseOptions>()) {
        let personal = HeaderValue::from_static("private, no-store");
        response.insert_header(header::CACHE_CONTROL, personal);
    }
    address
}

/// The mails of the development mailbox; `None` if there is none.
///
/// # Errors
///
/// When the backend does not answer.
pub async fn load_mails() -> Result<Option<Vec<DevMail>>, Unreached> {
    let Some(mailbox) = use_dev_mailbox() else {
        return Ok(None);
    };
    mailbox.mails().await.map(Some).map_err(|_| Unreached)
}

/// Sets the HTTP status of the page being rendered.
pub fn set_status(status: u16) {
    if let (Some(response), Ok(status)) = (
        use_context::<ResponseOptions>(),
        StatusCode::from_u16(status),
    ) {
        response.set_status(status);
    }
}

/// Asks the client to come back in `seconds` (header `Retry-After`).
pub fn retry_after(seconds: u32) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.insert_header(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
}

pub(super) fn take_refusal(form: &str) -> Option<Refusal> {
    let kept: Kept = read(&cookies::get(Scope::Site, COOKIE)?)?;
    if kept.form != form {
        return None;
    }
    cookies::delete(Scope::Site, COOKIE);
    Some(kept.refusal)
}

/// Keeps `refusal` for the next page with this form, if a browser sent the form.
pub(crate) fn keep_refusal(form: &str, refusal: &Refusal) {
    if !is_plain_form() {
        return;
    }
    let mut kept = Kept {
        form: form.to_owned(),
        refusal: refusal.clone(),
    };
    let mut value = write(&kept);
    if value.len() > COOKIE_BYTES {
        kept.refusal.typed.clear();
        value = write(&kept);
    }
    cookies::set(Scope::Site, COOKIE, &value, COOKIE_SECONDS);
}

/// Redirects a form that a browser sent to `to`.
pub(crate) fn answer_plain_form(to: &str) {
    let (Some(response), Ok(location)) =
        (use_context::<ResponseOptions>(), HeaderValue::from_str(to))
    else {
        return;
    };
    if is_plain_form() {
        response.set_status(StatusCode::SEE_OTHER);
        response.insert_header(header::LOCATION, location);
    }
}

/// A browser that sends a form asks for a page back; a program that wants the outcome asks for data.
fn is_plain_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accept = parts
            .headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok());
        accept.is_some_and(|accept| accept.contains("text/html"))
    })
}

pub(super) fn write<T: Serialize>(kept: &T) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(kept).unwrap_or_default())
}

pub(super) fn read<T: DeserializeOwned>(value: &str) -> Option<T> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(value).ok()?).ok()
}
