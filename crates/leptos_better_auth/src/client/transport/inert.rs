//! The transport of a build without a browser: none, as pages call from event handlers only.

use super::{AuthRequest, AuthResponse};
use crate::{AuthError, AuthErrorCode};

pub(crate) async fn fetch(_request: AuthRequest) -> Result<AuthResponse, AuthError> {
    Err(AuthError::new(
        AuthErrorCode::NotAvailable,
        "Only available in the browser; server functions ask `server::auth_client()`.",
        0,
    ))
}
