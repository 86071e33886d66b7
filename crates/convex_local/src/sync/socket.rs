//! The upgrade of an HTTP request to a session.

use std::sync::Arc;

use axum::extract::ws::WebSocketUpgrade;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;

use super::bounds::MAX_READ_MESSAGE;
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

    /// Returns whether the client puts `TransitionChunk`s together.
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

/// Answers the handshake and runs the session on the socket, for a client that is `nobody` so far.
pub(crate) fn upgrade(
    socket: WebSocketUpgrade,
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
    socket
        .max_message_size(MAX_READ_MESSAGE)
        .max_frame_size(MAX_READ_MESSAGE)
        .on_upgrade(move |socket| async move {
            Session::new(backend, joins_chunks, nobody, counted.client())
                .run(socket)
                .await;
            drop(counted);
        })
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
