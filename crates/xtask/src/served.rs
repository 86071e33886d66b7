//! The app's server as a child process, and requests to it by curl, as from a browser.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// The time limit for starting and stopping.
pub(crate) const LIMIT: Duration = Duration::from_secs(90);

/// The address of the test user Ann.
pub(crate) const ANN: &str = "ann@example.com";

/// A running server. It ends when dropped.
#[derive(Debug)]
pub(crate) struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    /// Starts a server and waits until it answers at `site`.
    ///
    /// # Errors
    /// When it cannot be started, ends, or does not answer in time.
    pub(crate) fn start(command: &mut Command, site: &Site) -> Result<Self> {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command.spawn();
        let mut server = Self(child.with_context(|| format!("cannot run {program}"))?);
        let begun = Instant::now();
        while site.get("/healthz").is_err() {
            if let Some(status) = server.0.try_wait()? {
                bail!("the server ended at its start ({status})");
            }
            if begun.elapsed() > LIMIT {
                bail!("the server did not answer within {} s", LIMIT.as_secs());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(server)
    }

    /// Stops the server with the signal that systemd and Docker use.
    ///
    /// # Errors
    /// When it does not stop, or stops with a failure.
    pub(crate) fn stop(mut self) -> Result<()> {
        let pid = self.0.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        let begun = Instant::now();
        loop {
            match self.0.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("the server ended with {status}"),
                None if begun.elapsed() > LIMIT => bail!("the server did not end when asked to"),
                None => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }
}

/// A server's address, as seen by one browser.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    pub(crate) port: u16,
    /// The file with the browser's cookies; `None` for a browser without cookies.
    pub(crate) jar: Option<PathBuf>,
}

/// An answer of the server.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    /// The body as received.
    pub(crate) body: Vec<u8>,
}

impl Site {
    /// Chooses a free port.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn on_free_port(jar: Option<PathBuf>) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        Ok(Self { port, jar })
    }

    /// Returns the same server, as seen by a browser without cookies.
    pub(crate) fn signed_out(&self) -> Self {
        let port = self.port;
        Self { port, jar: None }
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Requests a path, with further arguments for curl. Redirects are not followed.
    ///
    /// # Errors
    /// When the server does not answer.
    pub(crate) fn ask(&self, path: &str, args: &[&str]) -> Result<Answer> {
        let origin = self.origin();
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--noproxy", "*", "--include"])
            .args(["--max-time", "60", "--connect-to", "localhost::127.0.0.1:"]);
        if let Some(jar) = &self.jar {
            curl.arg("--cookie").arg(jar).arg("--cookie-jar").arg(jar);
        }
        let output = curl
            .args(["--header", &format!("origin: {origin}")])
            .args(args)
            .arg(format!("{origin}{path}"))
            .output()
            .context("curl cannot be started; install it")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{path}: {}", said.trim());
        }
        Answer::read(&output.stdout).with_context(|| format!("{path}: no HTTP answer"))
    }

    /// Returns the text at a path.
    ///
    /// # Errors
    /// When the server does not answer, or the status is a failure.
    pub(crate) fn get(&self, path: &str) -> Result<String> {
        let answer = self.ask(path, &[])?;
        answer.assert_good(path)?;
        Ok(answer.text())
    }

    /// Signs Ann up.
    ///
    /// # Errors
    /// When the server refuses.
    pub(crate) fn sign_up(&self) -> Result<()> {
        let account =
            format!(r#"{{"email":"{ANN}","password":"a long enough password 7","name":"Ann"}}"#);
        let json = [
            "--header",
            "content-type: application/json",
            "--data",
            &account,
        ];
        let path = "/api/auth/sign-up/email";
        self.ask(path, &json)?.assert_good(path)
    }
}

impl Answer {
    /// Parses the output of `curl --include`.
    fn read(printed: &[u8]) -> Option<Self> {
        const END: &[u8] = b"\r\n\r\n";
        let end = printed.windows(END.len()).position(|bytes| bytes == END)?;
        let (head, rest) = printed.split_at(end);
        let head = String::from_utf8_lossy(head).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        // Informational answers, like early hints, come before the answer.
        if (100..200).contains(&status) {
            return Self::read(&rest[END.len()..]);
        }
        let body = rest[END.len()..].to_vec();
        Some(Self { status, head, body })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn assert_good(&self, path: &str) -> Result<()> {
        if self.status >= 400 {
            bail!("{path} answers {}", self.status);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Answer;

    #[test]
    fn reads_what_curl_prints() {
        let printed = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n\
            HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nContent-Encoding: br\r\n\r\n\x0b\x80\r\n\r\n";
        let answer = Answer::read(printed).expect("an answer");
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-encoding"), Some("br"));
        assert_eq!(answer.header("link"), None);
        assert_eq!(answer.body, b"\x0b\x80\r\n\r\n");
        for broken in [&b""[..], b"HTTP/1.1 200 OK\r\n", b"no status\r\n\r\n"] {
            assert!(Answer::read(broken).is_none(), "{broken:?}");
        }
    }
}
