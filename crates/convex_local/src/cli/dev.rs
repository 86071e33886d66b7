//! `convex-local dev`: serve until told to stop.

use convex_local::{LocalBackend, LocalConfig};

pub(super) async fn serve(config: LocalConfig) -> anyhow::Result<()> {
    let functions = config.convex_dir.display().to_string();
    let data = config.data_dir.display().to_string();
    let backend = LocalBackend::start(config).await?;
    println!("Serving {functions} (data in {data})");
    println!("  CONVEX_URL={}", backend.cloud_url());
    println!("  CONVEX_SITE_URL={}", backend.site_url());
    println!("Stop with Ctrl-C.");
    stop_signal().await?;
    eprintln!("stopping");
    backend.shutdown().await;
    Ok(())
}

/// Waits for Ctrl-C or, from a service manager, SIGTERM.
#[cfg(unix)]
async fn stop_signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stop_signal() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
