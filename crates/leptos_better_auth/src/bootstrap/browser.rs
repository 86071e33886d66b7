//! The browser's half, which writes nothing.

use super::AuthBootstrap;

/// Returns nothing: a browser tells this to nobody. `#[island]` asks for it all the same.
pub(super) fn write(_: AuthBootstrap) -> String {
    String::new()
}

/// Returns what holds for a page that was not rendered by the server.
pub(super) fn bootstrap() -> AuthBootstrap {
    AuthBootstrap {
        base_path: "/api/auth".to_owned(),
        ..AuthBootstrap::default()
    }
}
