//! The archive tried as a stranger would: unpacked into an empty folder, started with an empty environment, used,
//! backed up, stopped, started again, and restored into another data folder.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;

use crate::process::{find, succeeds_within};
use crate::ui;
use crate::workspace::Workspace;

/// Until the server answers, or has ended.
const LIMIT: Duration = Duration::from_secs(90);

/// # Errors
/// When something does not work, with the end of the server's log.
pub(super) fn walk(workspace: &Workspace, archive: &Path, folder: &str) -> Result<()> {
    let place = archive.with_file_name("check");
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place)?;
    let file = File::open(archive).with_context(|| format!("cannot read {}", archive.display()))?;
    tar::Archive::new(GzDecoder::new(file)).unpack(&place)?;
    let node = find(workspace, "node").context("there is no node on the PATH")?;
    // Node.js alone, without the npm that may be beside it.
    let programs = place.join("programs");
    fs::create_dir(&programs)?;
    std::os::unix::fs::symlink(node, programs.join("node"))?;
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let walk = Walk {
        app: place.join(folder),
        data: place.join("data"),
        jar: place.join("cookies"),
        log: place.join("log"),
        programs,
        port,
    };
    let result = walk.steps();
    if result.is_err() {
        let log = fs::read_to_string(&walk.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        for line in &lines[lines.len().saturating_sub(20)..] {
            ui::note(line);
        }
    }
    result?;
    fs::remove_dir_all(&place).with_context(|| format!("cannot remove {}", place.display()))
}

struct Walk {
    /// The unpacked archive.
    app: PathBuf,
    data: PathBuf,
    jar: PathBuf,
    log: PathBuf,
    programs: PathBuf,
    port: u16,
}

/// A started server; ends with the walk.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Walk {
    fn steps(&self) -> Result<()> {
        let backup = self.data.with_file_name("backup.tar");
        let server = self.start(&self.data)?;
        let page = self.get("/")?;
        let files = files_of(&page);
        if files.is_empty() {
            bail!("the first page names no file of the site");
        }
        for file in &files {
            self.get(file)?;
        }
        ui::note(&format!(
            "the first page, and {} files that it names",
            files.len()
        ));
        self.sign_up()?;
        self.assert_signed_in("after signing up")?;
        self.script("backup", &self.data, &[&backup.to_string_lossy()])?;
        ui::note("signed up, and backed up while it serves");
        self.stop(server)?;
        let server = self.start(&self.data)?;
        self.assert_signed_in("after a restart")?;
        self.stop(server)?;
        ui::note("the session outlives a restart");
        let other = self.data.with_file_name("other");
        self.script("restore", &other, &[&backup.to_string_lossy(), "--yes"])?;
        let server = self.start(&other)?;
        self.assert_signed_in("after restoring into an empty folder")?;
        ui::note("the backup restored into an empty folder, with account, session and secret");
        self.stop(server)
    }

    /// A program of the archive with nothing in its environment but what is named here.
    fn command(&self, program: &str, data: &Path) -> Command {
        let mut command = Command::new(self.app.join(program));
        command
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", self.programs.display()))
            .env("CONVEX_DATA_DIR", data)
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{}", self.port))
            .current_dir(self.app.parent().unwrap_or(&self.app))
            .stdin(Stdio::null());
        command
    }

    fn start(&self, data: &Path) -> Result<Server> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = self.command("start", data);
        command.stdout(log.try_clone()?).stderr(log);
        let mut server = Server(command.spawn().context("cannot run start")?);
        let begun = Instant::now();
        while self.get("/healthz").is_err() {
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

    /// Asks it to end, as systemd and Docker do.
    fn stop(&self, mut server: Server) -> Result<()> {
        let pid = server.0.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        let begun = Instant::now();
        loop {
            match server.0.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("the server ended with {status}"),
                None if begun.elapsed() > LIMIT => bail!("the server did not end when asked to"),
                None => std::thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    fn script(&self, name: &str, data: &Path, args: &[&str]) -> Result<()> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = self.command(name, data);
        command.args(args).stdout(log.try_clone()?).stderr(log);
        if !succeeds_within(&mut command, LIMIT) {
            bail!("{name} failed");
        }
        Ok(())
    }

    fn curl(&self, path: &str, args: &[&str]) -> Result<String> {
        let origin = format!("http://localhost:{}", self.port);
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--fail", "--noproxy", "*"])
            .args(["--max-time", "60", "--connect-to", "localhost::127.0.0.1:"])
            .arg("--cookie")
            .arg(&self.jar)
            .arg("--cookie-jar")
            .arg(&self.jar)
            .args(["--header", &format!("origin: {origin}")])
            .args(args)
            .arg(format!("{origin}{path}"))
            .output()
            .context("curl cannot be started; install it")?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            bail!("{path}: {}", said.trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn get(&self, path: &str) -> Result<String> {
        self.curl(path, &[])
    }

    fn sign_up(&self) -> Result<()> {
        let account =
            r#"{"email":"ann@example.com","password":"a long enough password 7","name":"Ann"}"#;
        let json = [
            "--header",
            "content-type: application/json",
            "--data",
            account,
        ];
        self.curl("/api/auth/sign-up/email", &json)?;
        Ok(())
    }

    /// A page that the server renders for Ann alone.
    fn assert_signed_in(&self, when: &str) -> Result<()> {
        if !self.get("/dashboard")?.contains("ann@example.com") {
            bail!("not signed in {when}");
        }
        Ok(())
    }
}

/// The files of the site that a page names.
fn files_of(page: &str) -> Vec<String> {
    let mut files: Vec<String> = page
        .split(['"', '\''])
        .filter(|part| part.starts_with("/pkg/"))
        .map(str::to_owned)
        .collect();
    files.sort();
    files.dedup();
    files
}

#[cfg(test)]
mod tests {
    use super::files_of;

    #[test]
    fn sees_the_files_that_a_page_names() {
        let page =
            r#"<link href="/pkg/a.1.css"><script>import('/pkg/a.2.js')</script><a href="/pkgs">"#;
        let page = format!("{page}{page}");
        assert_eq!(files_of(&page), ["/pkg/a.1.css", "/pkg/a.2.js"]);
    }
}
