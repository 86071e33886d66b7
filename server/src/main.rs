//! The binary: read the configuration, bind, serve until SIGINT or SIGTERM.

use std::process::ExitCode;

use server::{Config, StartError, logging, shutdown};
use tokio::net::TcpListener;

fn main() -> ExitCode {
    match Config::load() {
        Ok(config) => start(config),
        Err(error) => fail(&error),
    }
}

#[tokio::main]
async fn start(config: Config) -> ExitCode {
    logging::init(&config.log, config.log_format);
    let served = async {
        config.check_address(config.addr)?;
        let listener = TcpListener::bind(config.addr)
            .await
            .map_err(|error| StartError::bind(config.addr, error))?;
        server::run(listener, config, shutdown::signal()).await
    };
    match served.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn fail(error: &dyn std::error::Error) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}
