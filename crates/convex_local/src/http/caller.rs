//! The caller, from the `Authorization` header.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use convex_sync_types::UserIdentityAttributes;
use http::HeaderMap;
use http::header::{AUTHORIZATION, USER_AGENT};
use http::request::Parts;

use super::error::ApiError;
use crate::auth::AuthError;
use crate::backend::Backend;
use crate::functions::{Caller, RequestId};
use crate::sync::ClientAddress;
use crate::who::Who;

/// The verified caller: a person with `Bearer <JWT>`, an administrator with `Convex <key>`, nobody without a header.
pub(super) struct Authenticated(pub(super) Who);

impl FromRequestParts<Arc<Backend>> for Authenticated {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        backend: &Arc<Backend>,
    ) -> Result<Self, ApiError> {
        Ok(Self(placed(who(parts, backend).await?, parts)))
    }
}

/// Returns `who` with the origin of the request.
fn placed(who: Who, parts: &Parts) -> Who {
    let id = parts.headers.get("convex-request-id");
    let id = id.and_then(|id| RequestId::parse(id.to_str().ok()?));
    who.at(address(parts), user_agent(&parts.headers))
        .asking(id)
}

/// Returns the client's address: the one that an app in front of this backend sets, or else the connection's.
fn address(parts: &Parts) -> Option<IpAddr> {
    let extensions = &parts.extensions;
    let said = extensions.get::<ClientAddress>().map(|said| said.0);
    let found = || Some(extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip());
    said.or_else(found)
}

/// Returns the `User-Agent` header, if it is text.
fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(USER_AGENT)?.to_str();
    text.ok().map(str::to_owned)
}

async fn who(parts: &Parts, backend: &Backend) -> Result<Who, ApiError> {
    let Some(header) = parts.headers.get(AUTHORIZATION) else {
        return Ok(Who::nobody());
    };
    let header = header.to_str().map_err(|_| {
        ApiError::bad_request("InvalidHeaderFailure", "Invalid authentication header")
    })?;
    if let Some(key) = strip_scheme(header, "convex ") {
        let (key, acting_as) = admin_key(key)?;
        return Ok(backend.authenticate_admin(key, acting_as)?);
    }
    let token = strip_scheme(header, "bearer ").ok_or_else(AuthError::not_bearer)?;
    Ok(backend.authenticate(token).await?)
}

/// The caller before any token is checked.
pub(super) struct Nobody(pub(super) Who);

impl<S: Sync> FromRequestParts<S> for Nobody {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(placed(Who::nobody(), parts)))
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

/// Returns the text after `scheme`, which is compared without case.
fn strip_scheme<'a>(header: &'a str, scheme: &str) -> Option<&'a str> {
    let (start, rest) = header.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then(|| rest.trim())
}

/// Returns `key`, `kind:name|key` or, acting as a user, either with `:` and base64 attributes after it.
fn admin_key(text: &str) -> Result<(&str, Option<UserIdentityAttributes>), ApiError> {
    let malformed =
        || ApiError::bad_request("HeaderParseFailure", "Malformed Authorization header.");
    // The kind before the first bar contains a colon.
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
