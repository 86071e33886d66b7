//! The listening socket: systemd's, which outlives the process, or our own.

use std::net::TcpListener as StdListener;

use listenfd::ListenFd;
use tokio::net::TcpListener;

use crate::{Config, StartError};

/// Takes the socket that systemd holds (`app.socket`), or binds the configured address.
///
/// # Errors
///
/// When the address is taken or is not this machine's, or when other machines reach it and `SITE_URL` is unset or names
/// this machine.
pub async fn listen(config: &Config) -> Result<TcpListener, StartError> {
    if let Some(listener) = inherited().map_err(StartError::Serve)? {
        return TcpListener::from_std(listener).map_err(StartError::Serve);
    }
    config.check_address(config.addr)?;
    TcpListener::bind(config.addr)
        .await
        .map_err(|error| StartError::bind(config.addr, error))
}

/// Returns the first of the sockets in `LISTEN_FDS`.
fn inherited() -> std::io::Result<Option<StdListener>> {
    let listener = ListenFd::from_env().take_tcp_listener(0)?;
    if let Some(listener) = &listener {
        listener.set_nonblocking(true)?;
    }
    Ok(listener)
}
