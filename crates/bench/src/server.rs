//! The app's server as a child process, on a free port and with its own data.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde::Deserialize;

use crate::http1::Connection;

/// The time limit of a start, in which the embedded backend bundles the functions.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The URLs of a backend.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Deployment {
    pub(crate) cloud_url: String,
    pub(crate) site_url: String,
}

/// A running server; killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    addr: SocketAddr,
    dir: PathBuf,
}

impl Server {
    /// Starts the release build; without a deployment it runs its embedded backend.
    ///
    /// # Errors
    /// When it does not answer in time. The error names its log.
    pub(crate) async fn start(name: &str, deployment: Option<&Deployment>) -> Result<Self> {
        Self::with_env(name, deployment, &[]).await
    }

    /// Starts the release build with an embedded backend that runs the functions in `folder`.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub(crate) async fn with_functions(name: &str, folder: &str) -> Result<Self> {
        Self::start_in(working_dir(name, folder)?, None, &[]).await
    }

    /// Starts the server like [`Server::start`], with further environment variables.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub(crate) async fn with_env(
        name: &str,
        deployment: Option<&Deployment>,
        env: &[(&str, &str)],
    ) -> Result<Self> {
        Self::start_in(working_dir(name, "convex")?, deployment, env).await
    }

    async fn start_in(
        dir: PathBuf,
        deployment: Option<&Deployment>,
        env: &[(&str, &str)],
    ) -> Result<Self> {
        let root = std::env::current_dir()?;
        let log = dir.join("server.log");
        let addr = free_address()?;
        let mut command = Command::new(root.join("target/release/server"));
        command
            .current_dir(&dir)
            .env("LEPTOS_SITE_ADDR", addr.to_string())
            .env("LEPTOS_SITE_ROOT", root.join("target/site"))
            .env("SITE_URL", format!("http://localhost:{}", addr.port()))
            // All clients of a benchmark have one address.
            .env("AUTH_RATE_LIMIT", "off")
            .env("CONNECTIONS_PER_ADDRESS", "100000")
            .env("DEV_MAILBOX", "true")
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(File::create(&log)?)
            .stderr(File::options().append(true).open(&log)?);
        for name in [
            "CONVEX_URL",
            "CONVEX_SITE_URL",
            "LIVE_SESSIONS",
            "TRUSTED_PROXIES",
        ] {
            command.env_remove(name);
        }
        if let Some(deployment) = deployment {
            command
                .env("CONVEX_URL", &deployment.cloud_url)
                .env("CONVEX_SITE_URL", &deployment.site_url);
        }
        let child = command
            .envs(env.iter().copied())
            .spawn()
            .context("cannot start target/release/server")?;
        let mut server = Self { child, addr, dir };
        server.wait_until_ready(&log).await?;
        Ok(server)
    }

    async fn wait_until_ready(&mut self, log: &Path) -> Result<()> {
        let start = Instant::now();
        loop {
            if let Ok(mut connection) = Connection::open(self.addr).await {
                let request = self.get("/healthz", None)?;
                if connection
                    .send(request)
                    .await
                    .is_ok_and(|answer| answer.status().is_success())
                {
                    return Ok(());
                }
            }
            let ended = self.child.try_wait()?;
            if ended.is_some() || start.elapsed() > START_LIMIT {
                bail!("the server does not answer; its log is {}", log.display());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Returns a GET request as a browser without JavaScript would send it, without asking for compression.
    pub(crate) fn get(&self, path: &str, cookie: Option<&str>) -> Result<Request<Full<Bytes>>> {
        let mut request = Request::get(path)
            .header("host", self.host())
            .header("accept", "text/html");
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        Ok(request.body(Full::default())?)
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns `localhost` with the port, as in `SITE_URL`.
    pub(crate) fn host(&self) -> String {
        format!("localhost:{}", self.addr.port())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns the URLs of its embedded backend.
    ///
    /// # Errors
    /// When it has none.
    pub(crate) fn deployment(&self) -> Result<Deployment> {
        let file = self.dir.join(".convex-local/server.json");
        let text = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        serde_json::from_slice(&text).context("server.json does not name the backend's URLs")
    }

    /// Asks the server to end, as an operator would, and waits for it.
    pub(crate) fn stop(mut self) {
        let _ = Command::new("kill")
            .args(["-TERM", &self.pid().to_string()])
            .status();
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(10) {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Creates a folder for one server, with links to the functions and the project's packages.
fn working_dir(name: &str, functions: &str) -> Result<PathBuf> {
    let root = std::env::current_dir()?;
    let dir = root.join("target/bench").join(name);
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    fs::create_dir_all(&dir)?;
    std::os::unix::fs::symlink(root.join(functions), dir.join("convex"))?;
    for shared in ["node_modules", "package.json", "tsconfig.json"] {
        if root.join(shared).exists() {
            std::os::unix::fs::symlink(root.join(shared), dir.join(shared))?;
        }
    }
    Ok(dir)
}

fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port")?;
    Ok(listener.local_addr()?)
}
