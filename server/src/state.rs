//! What handlers share.

use std::sync::Arc;

use axum::extract::FromRef;
use leptos::prelude::LeptosOptions;
use leptos_better_auth::server::ConvexBetterAuth;

use crate::mailbox::Mailbox; // dev
use crate::{
    Config, StartError,
    assets::Assets,
    backend::{Backend, auth},
    headers::PagePolicy,
    metrics::Metrics,
};

/// What handlers share. A cheap clone.
#[derive(Clone, Debug)]
pub struct AppState {
    pub(crate) leptos: LeptosOptions,
    pub(crate) assets: Arc<Assets>,
    pub(crate) auth: ConvexBetterAuth,
    pub(crate) policy: PagePolicy,
    pub(crate) mailbox: Option<Mailbox>, // dev
    pub(crate) metrics: Metrics,
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
        let backend_origins = backend.origins(site_url).into_iter();
        Ok(Self {
            leptos: config.site.leptos_options(),
            assets,
            metrics: Metrics::new(auth.clone()),
            auth,
            policy: PagePolicy {
                site: site_url.to_owned(),
                backend: backend_origins.map(str::to_owned).collect(),
                images: config.image_origins.clone(),
                reload: config.site.reload_origins(),
            },
            mailbox: Mailbox::of(backend.admin(), config, site_url), // dev
        })
    }
}
