//! The state that handlers share.

use std::{ops::Deref, sync::Arc};

use axum::extract::FromRef;
use leptos::prelude::LeptosOptions;
use leptos_better_auth::server::ConvexBetterAuth;

use crate::mailbox::Mailbox; // dev
use crate::{
    Config, StartError,
    assets::Assets,
    backend::{Backend, auth},
    headers::{PagePolicy, Sources},
    metrics::Metrics,
};

/// The shared state. Each request clones it many times, so a clone is a pointer.
#[derive(Clone, Debug)]
pub struct AppState(Arc<Shared>);

/// The contents behind the pointer.
#[derive(Debug)]
pub struct Shared {
    pub(crate) leptos: LeptosOptions,
    pub(crate) assets: Arc<Assets>,
    pub(crate) auth: ConvexBetterAuth,
    pub(crate) policy: PagePolicy,
    pub(crate) mailbox: Option<Mailbox>, // dev
    pub(crate) metrics: Metrics,
}

impl Deref for AppState {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

impl AppState {
    /// Builds the state from the configuration, the backend and the files.
    ///
    /// # Errors
    ///
    /// When the configuration contradicts itself.
    pub fn new(
        config: &Config,
        site_url: &str,
        backend: &Backend,
        assets: Arc<Assets>,
    ) -> Result<Self, StartError> {
        let auth = auth(config, site_url, backend)?;
        Ok(Self(Arc::new(Shared {
            leptos: config.site.leptos_options(),
            assets,
            metrics: Metrics::new(auth.clone()),
            auth,
            policy: PagePolicy::new(&Sources {
                site: site_url,
                backend: &backend.origins(site_url),
                images: &config.image_origins,
                reload: &config.site.reload_origins(),
            }),
            mailbox: Mailbox::of(backend.admin(), config, site_url), // dev
        })))
    }
}
