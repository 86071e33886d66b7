//! The browser's half: it starts HTTP requests, where the server's half takes part in one.

use gloo_net::http::Request;
use leptos::server_fn::ServerFn;
use send_wrapper::SendWrapper;
use serde::de::DeserializeOwned;

use leptos_better_auth::use_auth_client;
use leptos_convex::use_convex;
use leptos_router::location::Url;

use super::{ALL_METHODS, AccountOverview, DevMail, LinkKind, MailLink, Refusal};
use crate::{
    actions::{CheckAccess, LoadAccount, LoadMails, OpenLink, Unreached},
    api::{self, auth::SignInMethodsResult},
};

/// Whether the server finds the visitor signed in.
///
/// # Errors
///
/// When the server cannot be reached.
pub async fn check_access() -> Result<bool, Unreached> {
    post(CheckAccess::url(), String::new()).await
}

/// The visitor's account; `None` when the session has ended.
///
/// # Errors
///
/// When the server cannot be reached.
pub async fn load_account() -> Result<Option<AccountOverview>, Unreached> {
    post(LoadAccount::url(), String::new()).await
}

/// Which account the link with this token is about; `None` if it is no longer valid.
///
/// # Errors
///
/// When the server cannot be reached.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the server's half keeps the token"
)]
pub fn open_link(
    kind: LinkKind,
    token: String,
    _next: String,
) -> impl Future<Output = Result<Option<MailLink>, Unreached>> + Send + 'static {
    let fields = format!("kind={}&token={}", kind.name(), Url::escape(&token));
    post(OpenLink::url(), fields)
}

/// The mails of the development mailbox; `None` if there is none.
///
/// # Errors
///
/// When the server cannot be reached.
pub async fn load_mails() -> Result<Option<Vec<DevMail>>, Unreached> {
    post(LoadMails::url(), String::new()).await
}

/// The available ways to sign in; all of them if the backend does not answer.
pub fn offered() -> impl Future<Output = SignInMethodsResult> + Send + 'static {
    let asked = use_convex().query(api::auth::sign_in_methods());
    async move { asked.await.unwrap_or(ALL_METHODS) }
}

pub(super) fn last_method() -> Option<String> {
    use_auth_client().get_last_used_login_method()
}

/// Known to the server alone.
pub(super) fn code_address() -> Option<String> {
    None
}

/// Posts the fields of a form to the server function at `url`, and reads its result.
pub(crate) async fn post<T: DeserializeOwned>(
    url: &'static str,
    fields: String,
) -> Result<T, Unreached> {
    // `Send` in name only: there is one thread.
    let body = SendWrapper::new(exchange(url, fields)).await;
    serde_json::from_str(&body.ok_or(Unreached)?).map_err(|_| Unreached)
}

async fn exchange(url: &str, fields: String) -> Option<String> {
    let request = Request::post(url)
        .header("accept", "application/json")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(fields)
        .ok()?;
    let response = request.send().await.ok()?;
    if !response.ok() {
        return None;
    }
    response.text().await.ok()
}

/// The server has looked; while the page is open, the live queries tell.
pub(crate) async fn doubt_session() {}

pub(super) fn set_status(_status: u16) {}

pub(super) fn retry_after(_seconds: u32) {}

pub(super) fn take_refusal(_form: &str) -> Option<Refusal> {
    None
}
