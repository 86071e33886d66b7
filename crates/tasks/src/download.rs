//! Downloads by `curl`, because people's proxies and certificates are already configured for it.
//!
//! Every wait has a limit, and an error names the limit that was reached.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, bail};

/// The limits of a download.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long opening the connection may take.
    pub connect: Duration,
    /// How long the download may be slower than a kilobyte a second.
    pub stalled: Duration,
    /// How long the whole download may take.
    pub all: Duration,
}

impl Limits {
    /// The limits for files of some megabytes.
    pub const USUAL: Self = Self {
        connect: Duration::from_secs(10),
        stalled: Duration::from_secs(20),
        all: Duration::from_secs(600),
    };
}

/// Downloads a file.
///
/// # Errors
/// When there is no `curl`, or the download is incomplete. An incomplete file is removed.
pub fn fetch(url: &str, to: &Path, limits: Limits) -> Result<()> {
    let seconds = |limit: Duration| limit.as_secs().max(1).to_string();
    let output = Command::new("curl")
        .args(["--fail", "--silent", "--show-error", "--location"])
        .args(["--proto", "=http,https", "--write-out", "%{http_code}"])
        .args(["--connect-timeout", &seconds(limits.connect)])
        .args(["--speed-limit", "1000"])
        .args(["--speed-time", &seconds(limits.stalled)])
        .args(["--max-time", &seconds(limits.all)])
        .arg("--output")
        .arg(to)
        .arg(url)
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Ok(output) if output.status.success() => return Ok(()),
        Ok(output) => output,
        Err(error) => bail!("curl cannot be started ({error}); install it"),
    };
    let _ = std::fs::remove_file(to);
    let answer = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    bail!(
        "{url}: {}",
        reason(output.status.code(), answer.trim(), said.trim(), limits)
    )
}

/// Explains an exit code of curl (`man curl`, EXIT CODES).
fn reason(code: Option<i32>, answer: &str, said: &str, limits: Limits) -> String {
    match code {
        Some(5 | 6) => "no such host, or no network".to_owned(),
        Some(7) => "nothing answers there".to_owned(),
        Some(18 | 52 | 56 | 92) => "the connection broke off before all had arrived".to_owned(),
        Some(22) => format!("the answer was {answer}"),
        Some(28) => format!(
            "too slow: {} s for a connection, {} s almost without data, or {} s in all have passed",
            limits.connect.as_secs(),
            limits.stalled.as_secs(),
            limits.all.as_secs()
        ),
        _ => said.to_owned(),
    }
}
