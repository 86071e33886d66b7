//! What a page is told about its visitor.

use http::request::Parts;
use leptos::reactive::owner::with_context;

use super::request_auth::{RequestAuth, Resolution, state_of};
use crate::{AuthBootstrap, AuthState, SessionData};

/// The bootstrap of the request being rendered.
pub(crate) fn bootstrap() -> AuthBootstrap {
    let request =
        with_context::<Parts, _>(|parts| parts.extensions.get::<RequestAuth>().cloned()).flatten();
    request.map_or_else(
        || AuthBootstrap {
            base_path: "/api/auth".to_owned(),
            ..AuthBootstrap::default()
        },
        |request| of_request(&request),
    )
}

fn of_request(request: &RequestAuth) -> AuthBootstrap {
    let settings = request.auth().settings();
    let resolution = request.resolved();
    let token = match resolution {
        Some(Resolution::Token(token)) => Some(token),
        _ => None,
    };
    AuthBootstrap {
        convex_url: settings.browser_convex_url.clone(),
        site_url: settings.site_url.clone(),
        base_path: settings.base_path.clone(),
        initial_token: token.map(|token| token.text.to_string()),
        session: token.map(|token| SessionData::clone(&token.session)),
        live_sessions: settings.live_sessions.is_some(),
        state: resolution.map_or(AuthState::Unknown, state_of),
    }
}

/// Bytes that nobody can guess.
pub(crate) fn random_bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    rand::fill(&mut bytes[..]);
    bytes
}
