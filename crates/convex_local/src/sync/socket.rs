//! The upgrade of an HTTP request to a session.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::extract::ws::WebSocketUpgrade;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::bounds::MAX_READ_MESSAGE;
use super::receiving::{Counted, READ_AT_ONCE};
use super::session::Session;
use super::sockets::ClientAddress;
use crate::backend::Backend;
use crate::who::Who;

/// The name and version of a client: `npm-1.48.0`, `rust-0.10.4`, …
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientVersion {
    name: String,
    version: Option<(u64, u64, u64)>,
}

impl ClientVersion {
    /// Reads a `Convex-Client` header: a name, a dash and a version.
    pub(crate) fn parse(text: &str) -> Self {
        let split = text.match_indices('-').find_map(|(at, _)| {
            semver(&text[at + 1..]).map(|version| (text[..at].to_owned(), version))
        });
        match split {
            Some((name, version)) => Self {
                name,
                version: Some(version),
            },
            None => Self {
                name: text.to_owned(),
                version: None,
            },
        }
    }

    /// Parses the version in the socket's path, which is the version of the npm package.
    pub(crate) fn npm(version: &str) -> Self {
        Self {
            name: "npm".to_owned(),
            version: semver(version),
        }
    }

    /// Returns whether the client can put `TransitionChunk`s together.
    pub(crate) fn joins_chunks(&self) -> bool {
        self.name == "npm" && self.version.is_some_and(|version| version >= (1, 28, 0))
    }

    /// Returns whether a request without `format` wants plain JSON; very old clients expect encoded JSON.
    pub(crate) fn prefers_plain_json(&self) -> bool {
        let threshold = match self.name.as_str() {
            "npm" | "npm-cli" | "actions" => (1, 4, 1),
            "python" => (0, 5, 0),
            _ => return true,
        };
        self.version.is_none_or(|version| version > threshold)
    }
}

/// Parses `major.minor.patch` and ignores a pre-release.
fn semver(text: &str) -> Option<(u64, u64, u64)> {
    let mut parts = text.splitn(3, '.');
    let mut number = |last: bool| {
        let part = parts.next()?;
        let digits = if last {
            part.split(['-', '+']).next()?
        } else {
            part
        };
        digits.parse().ok()
    };
    Some((number(false)?, number(false)?, number(true)?))
}

/// A request for a socket. It is used instead of axum's, which hides the connection, so that its bytes could not be
/// counted.
pub(crate) struct Upgrade {
    accept: HeaderValue,
    connection: OnUpgrade,
}

impl<S: Send + Sync> FromRequestParts<S> for Upgrade {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let connection = parts.extensions.get::<OnUpgrade>().cloned();
        let checked = WebSocketUpgrade::from_request_parts(parts, state).await;
        drop(checked.map_err(IntoResponse::into_response)?);
        let accept = accept(&parts.headers);
        // Neither is missing after the check.
        let both = connection.zip(accept).ok_or(StatusCode::BAD_REQUEST);
        let (connection, accept) = both.map_err(IntoResponse::into_response)?;
        Ok(Self { accept, connection })
    }
}

fn accept(headers: &HeaderMap) -> Option<HeaderValue> {
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok()
}

impl Upgrade {
    /// Answers the handshake and runs the session on the socket. Its client is `nobody` until it authenticates.
    pub(crate) fn serve(
        self,
        backend: Arc<Backend>,
        client: &ClientVersion,
        address: Option<ClientAddress>,
        nobody: Who,
    ) -> Response {
        let Some(counted) = backend.sockets.admit(address) else {
            let status = StatusCode::TOO_MANY_REQUESTS;
            return (status, "Too many sockets are open from this address.\n").into_response();
        };
        let joins_chunks = client.joins_chunks();
        let Self { accept, connection } = self;
        tokio::spawn(async move {
            let connection = match connection.await {
                Ok(connection) => TokioIo::new(connection),
                Err(error) => return tracing::debug!(%error, "no socket"),
            };
            let room = backend.receiving.of_client(counted.client());
            let connection = Counted::new(connection, &room);
            let config = WebSocketConfig::default()
                .read_buffer_size(READ_AT_ONCE)
                .max_message_size(Some(MAX_READ_MESSAGE))
                .max_frame_size(Some(MAX_READ_MESSAGE));
            let socket =
                WebSocketStream::from_raw_socket(connection, Role::Server, Some(config)).await;
            Session::new(backend, joins_chunks, nobody, counted.client())
                .run(socket)
                .await;
            drop(counted);
        });
        let headers = [
            (header::CONNECTION, HeaderValue::from_static("upgrade")),
            (header::UPGRADE, HeaderValue::from_static("websocket")),
            (header::SEC_WEBSOCKET_ACCEPT, accept),
        ];
        (StatusCode::SWITCHING_PROTOCOLS, headers, Body::empty()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_versions() {
        assert!(ClientVersion::npm("1.48.0").joins_chunks());
        assert!(ClientVersion::npm("1.28.0-alpha.1").joins_chunks());
        assert!(!ClientVersion::npm("1.27.3").joins_chunks());
        assert!(!ClientVersion::npm("{version}").joins_chunks());
        assert!(!ClientVersion::parse("rust-0.10.4").joins_chunks());
        assert!(ClientVersion::parse("npm-1.48.0").prefers_plain_json());
        assert!(!ClientVersion::parse("npm-cli-1.4.1").prefers_plain_json());
        assert!(ClientVersion::parse("nonsense").prefers_plain_json());
    }
}
