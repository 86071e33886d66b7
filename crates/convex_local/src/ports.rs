//! Two free ports.

use std::io;
use std::net::IpAddr;

use tokio::net::TcpListener;

use crate::config::Ports;

/// How many pairs are tried before giving up.
const ATTEMPTS: u16 = 50;

/// Binds the cloud and the site port.
pub(crate) async fn bind(host: IpAddr, ports: Ports) -> io::Result<(TcpListener, TcpListener)> {
    match ports {
        Ports::Any => pair(host, 0, 0).await,
        Ports::Exactly(cloud, site) => pair(host, cloud, site).await,
        Ports::From(cloud, site) => next_free_pair(host, cloud, site).await,
    }
}

async fn pair(host: IpAddr, cloud: u16, site: u16) -> io::Result<(TcpListener, TcpListener)> {
    Ok((listen(host, cloud).await?, listen(host, site).await?))
}

async fn listen(host: IpAddr, port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((host, port))
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("{host}:{port}: {error}")))
}

async fn next_free_pair(
    host: IpAddr,
    cloud: u16,
    site: u16,
) -> io::Result<(TcpListener, TcpListener)> {
    let mut outcome = pair(host, cloud, site).await;
    for step in 1..ATTEMPTS {
        let taken = matches!(&outcome, Err(e) if e.kind() == io::ErrorKind::AddrInUse);
        let next = cloud.checked_add(2 * step).zip(site.checked_add(2 * step));
        let (true, Some((next_cloud, next_site))) = (taken, next) else {
            break;
        };
        tracing::info!(
            "ports {cloud} and {site} are not both free, trying {next_cloud} and {next_site}"
        );
        outcome = pair(host, next_cloud, next_site).await;
    }
    outcome
}
