//! A `convex-local` process with its own data.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// The functions, next to this crate's sources.
const FUNCTIONS: &str = "crates/bench/local/convex";
const DATA: &str = "target/bench/local";

/// The program to measure, and its options.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Program {
    /// The program to measure: another build, to compare with
    #[arg(
        long,
        value_name = "FILE",
        default_value = "target/release/convex-local"
    )]
    program: PathBuf,
    /// Node.js processes at most, instead of what the program chooses
    #[arg(long)]
    workers: Option<usize>,
}

impl Default for Program {
    fn default() -> Self {
        Self {
            program: "target/release/convex-local".into(),
            workers: None,
        }
    }
}

/// A running backend; killed when dropped.
pub(crate) struct Backend {
    child: Child,
    addr: SocketAddr,
    /// Kept open as long as the process, which may print more.
    _output: BufReader<ChildStdout>,
}

impl Backend {
    /// Starts it on an empty folder `data` with the functions in `functions`.
    ///
    /// # Errors
    /// When it ends instead. It prints the reason.
    pub(crate) fn fresh_with(program: &Program, functions: &str, data: &str) -> Result<Self> {
        if Path::new(data).exists() {
            fs::remove_dir_all(data)?;
        }
        Self::start_with(program, functions, data)
    }

    /// Starts it on an empty folder. Such a first start bundles the functions.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub(crate) fn fresh(program: &Program) -> Result<Self> {
        Self::fresh_with(program, FUNCTIONS, DATA)
    }

    /// Starts it on the existing data, and waits until it listens.
    ///
    /// # Errors
    /// When it ends instead. It prints the reason.
    pub(crate) fn start(program: &Program) -> Result<Self> {
        Self::start_with(program, FUNCTIONS, DATA)
    }

    fn start_with(program: &Program, functions: &str, data: &str) -> Result<Self> {
        fs::create_dir_all(data)?;
        let mut command = Command::new(&program.program);
        command
            .args(["--convex-dir", functions, "--data-dir", data])
            .args(["dev", "--cloud-port", "0", "--site-port", "0"])
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if let Some(workers) = program.workers {
            command.args(["--workers", &workers.to_string()]);
        }
        let mut child = command
            .spawn()
            .with_context(|| format!("cannot start {}", program.program.display()))?;
        let output = child.stdout.take().context("its output is not piped")?;
        let mut output = BufReader::new(output);
        let url = output
            .by_ref()
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.trim().strip_prefix("CONVEX_URL=").map(str::to_owned));
        let Some(url) = url else {
            bail!("convex-local does not start: {}", child.wait()?);
        };
        let addr = url.strip_prefix("http://").unwrap_or(&url);
        Ok(Self {
            addr: addr.parse().context("an address with a port")?,
            child,
            _output: output,
        })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
