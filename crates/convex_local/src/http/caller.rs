//! Who calls, from the `Authorization` header.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use convex_sync_types::UserIdentityAttributes;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::error::ApiError;
use crate::auth::AuthError;
use crate::backend::{Backend, Who};
use crate::functions::Caller;

/// The verified caller: nobody without a header, a person with `Bearer <JWT>`, an administrator
/// with `Convex <key>`.
pub(super) struct Authenticated(pub(super) Who);

impl FromRequestParts<Arc<Backend>> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        backend: &Arc<Backend>,
    ) -> Result<Self, ApiError> {
        let Some(header) = parts.headers.get(AUTHORIZATION) else {
            return Ok(Self(Who::nobody()));
        };
        let header = header.to_str().map_err(|_| {
            ApiError::bad_request("InvalidHeaderFailure", "Invalid authentication header")
        })?;
        if let Some(key) = strip_scheme(header, "convex ") {
            let (key, acting_as) = admin_key(key)?;
            return Ok(Self(backend.authenticate_admin(key, acting_as)?));
        }
        let token = strip_scheme(header, "bearer ").ok_or_else(AuthError::not_bearer)?;
        Ok(Self(backend.authenticate(token).await?))
    }
}

/// A caller with the admin key.
pub(super) struct Administrator;

impl FromRequestParts<Arc<Backend>> for Administrator {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        backend: &Arc<Backend>,
    ) -> Result<Self, ApiError> {
        let Authenticated(who) = Authenticated::from_request_parts(parts, backend).await?;
        match who.caller {
            Caller::Admin => Ok(Self),
            Caller::Public | Caller::Internal => Err(AuthError::bad_admin_key().into()),
        }
    }
}

/// What follows `scheme`, whose letter case does not matter.
fn strip_scheme<'a>(header: &'a str, scheme: &str) -> Option<&'a str> {
    let (start, rest) = header.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// `key`, `kind:name|key` or, acting as a user, either with `:` and base64 attributes after it.
fn admin_key(text: &str) -> Result<(&str, Option<UserIdentityAttributes>), ApiError> {
    let malformed =
        || ApiError::bad_request("HeaderParseFailure", "Malformed Authorization header.");
    // The kind before the first bar holds a colon of its own.
    let bar = text.find('|').unwrap_or(0);
    let Some(colon) = text[bar..].find(':').map(|at| at + bar) else {
        return Ok((text, None));
    };
    let decoded = BASE64_STANDARD
        .decode(&text[colon + 1..])
        .map_err(|_| malformed())?;
    let json: serde_json::Value = serde_json::from_slice(&decoded).map_err(|_| malformed())?;
    let attributes = UserIdentityAttributes::try_from(json).map_err(|_| malformed())?;
    Ok((&text[..colon], Some(attributes)))
}
