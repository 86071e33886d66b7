//! The embedded backend, in this process.

use std::{
    net::IpAddr,
    path::{Path, PathBuf},
};

use axum::{Router, http::Extensions};
use convex_local::{ClientAddress, LocalBackend, LocalConfig};

use super::{BackendError, Options};
use crate::{StartError, config::Deployment};

/// Tells the backend the address of the client that opens a socket.
pub(crate) fn tell_client(request: &mut Extensions, address: IpAddr) {
    request.insert(ClientAddress(address));
}

/// A running embedded backend and its addresses.
#[derive(Debug)]
pub struct Embedded {
    backend: LocalBackend,
    urls: Deployment,
    data_dir: PathBuf,
}

impl Embedded {
    /// Starts the backend.
    pub(super) async fn start(options: Options) -> Result<Self, StartError> {
        let mut config = LocalConfig::new(options.convex_dir);
        config.env = options.env;
        config.allowed_origins = options.origins;
        config.sockets_per_address = options.sockets_per_address;
        config.files_url = Some(options.site_url);
        if let Some(data_dir) = options.data_dir {
            config.data_dir = data_dir;
        }
        let data_dir = config.data_dir.clone();
        let backend = LocalBackend::start(config)
            .await
            .map_err(|error| BackendError::new(&error))?;
        let urls = Deployment {
            convex_url: backend.cloud_url().to_owned(),
            convex_site_url: backend.site_url().to_owned(),
        };
        Ok(Self {
            backend,
            urls,
            data_dir,
        })
    }

    pub(super) fn urls(&self) -> &Deployment {
        &self.urls
    }

    pub(super) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Returns the admin key, a secret that gives access to everything in the backend.
    pub(super) fn admin_key(&self) -> &str {
        self.backend.admin_key()
    }

    /// Returns the route of live queries only. The rest of the cloud API is on its own port, which only this machine
    /// reaches.
    pub(super) fn sync_routes(&self) -> Router {
        self.backend.sync_router()
    }

    /// Returns the routes of stored files, whose addresses are on the app's origin.
    pub(super) fn files_routes(&self) -> Router {
        self.backend.files_router()
    }

    pub(super) async fn shutdown(self) {
        self.backend.shutdown().await;
    }
}
