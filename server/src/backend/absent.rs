//! A build without the embedded backend, in which choosing it is a configuration error.

use std::{convert::Infallible, net::IpAddr, path::Path};

use axum::{Router, http::Extensions};

use super::Options;
use crate::{
    StartError,
    config::{ConfigError, Deployment},
};

/// Does nothing, since there is no backend.
pub(crate) fn tell_client(_request: &mut Extensions, _address: IpAddr) {}

/// An embedded backend, which cannot exist in this build.
#[derive(Debug)]
pub struct Embedded(Infallible);

impl Embedded {
    #[expect(clippy::unused_async, reason = "the same signature as the real one")]
    pub(super) async fn start(_options: Options) -> Result<Self, StartError> {
        Err(ConfigError::NoBackend.into())
    }

    pub(super) fn urls(&self) -> &Deployment {
        match self.0 {}
    }

    pub(super) fn admin_key(&self) -> &str {
        match self.0 {}
    }

    pub(super) fn data_dir(&self) -> &Path {
        match self.0 {}
    }

    pub(super) fn sync_routes(&self) -> Router {
        match self.0 {}
    }

    pub(super) fn files_routes(&self) -> Router {
        match self.0 {}
    }

    pub(super) async fn shutdown(self) {
        match self.0 {}
    }
}
