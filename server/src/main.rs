//! The binary. It reads the configuration, binds the socket, and serves until SIGINT or SIGTERM.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use server::{Config, StartError, files, listener, logging, shutdown, traces};

/// A page allocates more than a thousand times. The system's allocator would take a third of its time.
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
    files::raise_limit();
    let listener = listener::listen(&config).await?;
    let ended = server::run(listener, config, shutdown::signal()).await;
    traces::flush().await;
    ended
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}
