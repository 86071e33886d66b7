//! The browser's half, which writes nothing.

use super::AuthBootstrap;

/// Returns an empty text, since a browser passes the bootstrap to nobody. `#[island]` requires the conversion.
pub(super) fn write(_: AuthBootstrap) -> String {
    String::new()
}

/// Returns the bootstrap of a page that the server did not render.
pub(super) fn bootstrap() -> AuthBootstrap {
    AuthBootstrap {
        base_path: "/api/auth".to_owned(),
        ..AuthBootstrap::default()
    }
}
