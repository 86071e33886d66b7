//! The server's half, which fills in the data about the visitor.

use http::request::Parts;
use leptos::reactive::owner::with_context;

use super::{AuthBootstrap, LIVE_SESSIONS};
use crate::mask::mask;
use crate::server::{RequestAuth, Resolution, state_of};
use crate::{AuthState, SessionData};

/// Returns the bootstrap of the request being rendered.
pub(super) fn bootstrap() -> AuthBootstrap {
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

/// Writes the text form.
pub(super) fn write(bootstrap: AuthBootstrap) -> String {
    let live = if bootstrap.live_sessions {
        LIVE_SESSIONS
    } else {
        ""
    };
    let token = bootstrap.initial_token.and_then(|token| mask(&token));
    let session = bootstrap.session.as_ref();
    let session = session.and_then(|session| serde_json::to_string(session).ok());
    let lines = [
        bootstrap.convex_url,
        bootstrap.site_url,
        bootstrap.base_path,
        bootstrap.state.name().to_owned(),
        live.to_owned(),
        token.unwrap_or_default(),
        session.unwrap_or_default(),
    ];
    lines.join("\n")
}
