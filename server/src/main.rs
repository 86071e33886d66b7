//! The binary: read the configuration, bind, serve until SIGINT or SIGTERM.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use server::{Config, StartError, logging, shutdown};
use tokio::net::TcpListener;

/// A page allocates more than a thousand times; with the system's allocator that is a third of its time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let config = match Config::load() {
        Ok(config) => config,
        Err(error) => return fail(&error),
    };
    match shutdown::run_to_end(start(config)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => fail(&error),
        Err(error) => fail(&error),
    }
}

async fn start(config: Config) -> Result<(), StartError> {
    logging::init(&config.log, config.log_format);
    config.check_address(config.addr)?;
    let listener = TcpListener::bind(config.addr)
        .await
        .map_err(|error| StartError::bind(config.addr, error))?;
    server::run(listener, config, shutdown::signal()).await
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}
