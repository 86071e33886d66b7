//! Errors: [`StartError`] for the person at the terminal, and a plain page for visitors after an unexpected error.

use std::{any::Any, io, net::SocketAddr};

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use thiserror::Error;

use crate::{assets::AssetsError, backend::BackendError, config::ConfigError};

/// The reason why the server did not start, or stopped.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration is incomplete or contradicts itself.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Another program uses the port.
    #[error(
        "{0} is already in use. Stop the other program, or choose another address with \
         LEPTOS_SITE_ADDR (for example LEPTOS_SITE_ADDR=127.0.0.1:{next})",
        next = .0.port().wrapping_add(1).max(1024)
    )]
    AddressInUse(SocketAddr),
    /// The socket could not be bound for another reason.
    #[error("cannot listen on {addr}: {source}")]
    Bind {
        /// The configured address.
        addr: SocketAddr,
        /// The error of the system.
        source: io::Error,
    },
    /// The address for metrics could not be bound.
    #[error(
        "metrics cannot be served on {addr}: {source}. Choose another address with METRICS_ADDR, or leave it out"
    )]
    Metrics {
        /// The configured address.
        addr: SocketAddr,
        /// The error of the system.
        source: io::Error,
    },
    /// The accounts cannot be set up with these addresses.
    #[error(transparent)]
    Auth(#[from] leptos_better_auth::server::ConfigError),
    /// The embedded backend could not be started.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The built site could not be read.
    #[error(transparent)]
    Assets(#[from] AssetsError),
    /// The socket failed while serving.
    #[error("serving failed: {0}")]
    Serve(#[source] io::Error),
}

impl StartError {
    /// Distinguishes a taken port from other reasons for which binding `addr` failed.
    #[must_use]
    pub fn bind(addr: SocketAddr, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::AddrInUse {
            Self::AddressInUse(addr)
        } else {
            Self::Bind { addr, source }
        }
    }
}

/// Returns the page for a panic in a handler. It does not name the cause, which is in the log.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature the panic layer asks for"
)]
pub(crate) fn panic_page(panic: Box<dyn Any + Send + 'static>) -> Response {
    let cause = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(cause, "a handler panicked");
    let mut page = (StatusCode::INTERNAL_SERVER_ERROR, Html(PANIC_PAGE)).into_response();
    page.headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    page
}

const PANIC_PAGE: &str = include_str!("error.html");
