//! The axum server of the app: pages rendered by Leptos, the auth proxy, server functions, static
//! files and the health check, in one process.
//!
//! # Layout
//!
//! * [`config`]: every setting, read in one place.
//! * [`router`]: the whole URL space and the order of its layers, on one screen.
//! * [`backend`]: the Convex backend, a deployment or the embedded one.
//! * [`assets`], `connections`, [`error`], [`files`], `front`, [`headers`], [`health`], [`listener`], [`logging`],
//!   `loopback`, `mailbox`, [`metrics`], `release`, `serve`, [`shutdown`], `sockets`, [`traces`]: one concern each.
//!
//! [`run`] takes its socket and its stop signal from outside, so a test can bind port 0 and stop the server.

pub mod assets;
pub mod backend;
mod body;
mod compress;
pub mod config;
mod connections;
pub mod error;
pub mod files;
mod front;
pub mod headers;
pub mod health;
pub mod listener;
pub mod logging;
mod loopback;
mod mailbox; // dev
pub mod metrics;
mod release;
pub mod router;
mod serve;
pub mod shutdown;
mod sockets;
pub mod state;
#[cfg(feature = "otlp")]
pub mod traces;
#[cfg(not(feature = "otlp"))]
#[path = "traces/none.rs"]
pub mod traces;

use std::{future::Future, pin::Pin, sync::Arc};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use config::{Config, LogFormat};
pub use error::StartError;

use crate::{
    assets::Assets,
    backend::Backend,
    connections::{Bounds, Connections},
    serve::Limits,
    state::AppState,
};

/// Serves on `listener` until `shutdown` completes, then lets running requests finish for
/// [`Config::shutdown_timeout`] at most and stops the embedded backend.
///
/// # Errors
///
/// When the configuration contradicts itself, the backend does not start, the site root cannot be
/// read or the socket fails.
pub async fn run(
    listener: TcpListener,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), StartError> {
    run_until(listener, config, Box::pin(shutdown)).await
}

/// Does the same with futures behind pointers, so that it is compiled here, and not again where [`run`] is called.
fn run_until(
    listener: TcpListener,
    config: Config,
    shutdown: Pin<Box<dyn Future<Output = ()> + Send>>,
) -> Pin<Box<dyn Future<Output = Result<(), StartError>> + Send>> {
    Box::pin(serve_until(listener, config, shutdown))
}

async fn serve_until(
    listener: TcpListener,
    config: Config,
    shutdown: Pin<Box<dyn Future<Output = ()> + Send>>,
) -> Result<(), StartError> {
    install_tls_provider();
    let addr = listener.local_addr().map_err(StartError::Serve)?;
    config.check_address(addr)?;
    let site_url = config.site_url(addr);
    // Before anything is started that would have to be stopped.
    let metrics_listener = match config.metrics_addr {
        Some(addr) => Some(
            TcpListener::bind(addr)
                .await
                .map_err(|source| StartError::Metrics { addr, source })?,
        ),
        None => None,
    };
    let backend = Backend::start(&config, &site_url).await?;
    let assets = Arc::new(Assets::load(&config.site)?);
    if config.site.compress() {
        let assets = Arc::clone(&assets);
        // This takes seconds for the WebAssembly. Until it is done, files are sent uncompressed.
        tokio::task::spawn_blocking(move || assets.compress());
    }

    let state = AppState::new(&config, &site_url, &backend, assets)?;
    tracing::info!(%addr, url = %site_url, "listening");
    announce(&config, &site_url);
    mailbox::announce(state.mailbox.as_ref(), &config, &site_url); // dev

    let limits = Limits {
        idle: config.client_timeout(),
        shutdown: config.shutdown_timeout(),
        last_call: config.site.last_call(),
    };
    let metrics = state.metrics.clone();
    let stop = CancellationToken::new();
    if let Some(listener) = metrics_listener {
        let stop = stop.clone().cancelled_owned();
        tokio::spawn(metrics::serve(listener, metrics.clone(), stop));
    }
    let bounds = Bounds::new(config.connections_per_address);
    let places = Connections::new(bounds, state.auth.clone(), metrics.clone());
    let router = router::router(&state, &backend);
    serve::serve(listener, router, shutdown, limits, &places, &metrics).await;
    stop.cancel();
    backend.shutdown().await;
    Ok(())
}

/// Prints the app's address at the terminal, unless the log is JSON.
fn announce(config: &Config, site_url: &str) {
    if config.log_format == LogFormat::Text {
        println!("\n  Ready: {site_url}\n");
    }
}

/// Chooses the process-wide TLS implementation of the HTTP clients. A second call changes nothing.
fn install_tls_provider() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
