//! The server's half of [`require_auth`](crate::require_auth).

use http::header::{self, HeaderValue};
use http::request::Parts;
use http::{Method, StatusCode};
use leptos::prelude::use_context;
use leptos::reactive::owner::with_context;
use leptos_axum::ResponseOptions;

use super::{Access, Guard};
use crate::AuthState;
use crate::server::current;

/// How soon to try again after an outage.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

pub(super) fn decide(guard: Guard) -> impl Future<Output = Access> + Send + 'static {
    let request = current();
    let wanted = address();
    async move {
        let Ok(request) = request else {
            return Access::Unknown;
        };
        let state = if guard.strict {
            request.strict_state().await
        } else {
            request.state().await
        };
        match state {
            AuthState::SignedIn => Access::Granted,
            AuthState::SignedOut => guard.denied(wanted.as_deref()),
            AuthState::Unknown => Access::Unknown,
        }
    }
}

/// Returns the requested page. A form is not a page to come back to.
fn address() -> Option<String> {
    with_context::<Parts, _>(|parts| {
        let is_page = matches!(parts.method, Method::GET | Method::HEAD);
        let target = parts.uri.path_and_query()?;
        is_page.then(|| target.as_str().to_owned())
    })?
}

/// Answers with a redirect for all clients. `leptos_axum::redirect` sends one only to clients that accept HTML.
pub(super) fn leave(go_to: &str) {
    let (Some(response), Ok(location)) = (
        use_context::<ResponseOptions>(),
        HeaderValue::from_str(go_to),
    ) else {
        return;
    };
    response.set_status(StatusCode::FOUND);
    response.insert_header(header::LOCATION, location);
    response.insert_header(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
}

pub(super) fn cannot_say() {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::SERVICE_UNAVAILABLE);
        response.insert_header(header::RETRY_AFTER, RETRY_AFTER);
    }
}
