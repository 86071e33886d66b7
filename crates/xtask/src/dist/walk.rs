//! A test of the archive: unpacked into an empty folder, started with an empty environment, used, backed up, stopped,
//! started again, restored into another data folder, and replaced while visitors request pages.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use leptos_convex_tasks::process::{find, succeeds_within};
use leptos_convex_tasks::ui;
use leptos_convex_tasks::workspace::Workspace;

use super::load::Load;
use crate::served::{ANN, LIMIT, Server, Site};
use crate::size::files_of_page;

/// Runs the test.
///
/// # Errors
/// When something does not work, with the end of the server's log.
pub(super) fn walk(workspace: &Workspace, archive: &Path, folder: &str) -> Result<()> {
    let place = archive.with_file_name("check");
    let _ = fs::remove_dir_all(&place);
    fs::create_dir_all(&place)?;
    let file = File::open(archive).with_context(|| format!("cannot read {}", archive.display()))?;
    tar::Archive::new(GzDecoder::new(file)).unpack(&place)?;
    let node = find(workspace, "node").context("there is no node on the PATH")?;
    // A `PATH` with Node.js, without the npm that is often in the same folder.
    let programs = place.join("programs");
    fs::create_dir(&programs)?;
    std::os::unix::fs::symlink(node, programs.join("node"))?;
    let walk = Walk {
        app: place.join(folder),
        data: place.join("data"),
        log: place.join("log"),
        programs,
        site: Site::on_free_port(Some(place.join("cookies")))?,
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

/// How long visitors request pages before, between and after the restarts.
const UNDER_LOAD: Duration = Duration::from_secs(2);

struct Walk {
    /// The unpacked archive.
    app: PathBuf,
    data: PathBuf,
    log: PathBuf,
    programs: PathBuf,
    site: Site,
}

impl Walk {
    fn steps(&self) -> Result<()> {
        let backup = self.data.with_file_name("backup.tar");
        let server = self.start(&self.data)?;
        let files = files_of_page(&self.site.get("/")?);
        if files.is_empty() {
            bail!("the first page names no file of the site");
        }
        for file in &files {
            self.site.get(file)?;
        }
        ui::note(&format!(
            "the first page, and {} files that it names",
            files.len()
        ));
        self.site.sign_up()?;
        self.assert_signed_in("after signing up")?;
        self.script("backup", &self.data, &[&backup.to_string_lossy()])?;
        ui::note("signed up, and backed up while it serves");
        server.stop()?;
        let server = self.start(&self.data)?;
        self.assert_signed_in("after a restart")?;
        server.stop()?;
        ui::note("the session outlives a restart");
        let other = self.data.with_file_name("other");
        self.script("restore", &other, &[&backup.to_string_lossy(), "--yes"])?;
        let server = self.start(&other)?;
        self.assert_signed_in("after restoring into an empty folder")?;
        ui::note("the backup restored into an empty folder, with account, session and secret");
        server.stop()?;
        self.replaced_under_load(&other)
    }

    /// Restarts twice, as systemd does with `app.socket`, which keeps the address open in between.
    fn replaced_under_load(&self, data: &Path) -> Result<()> {
        let socket = TcpListener::bind(("127.0.0.1", self.site.port))?;
        let mut server = self.start_on(&socket, data)?;
        let load = Load::begin(self.site.port);
        for _ in 0..2 {
            std::thread::sleep(UNDER_LOAD);
            server.stop()?;
            server = self.start_on(&socket, data)?;
        }
        std::thread::sleep(UNDER_LOAD);
        let (pages, longest) = load.end()?;
        self.assert_signed_in("after two restarts under load")?;
        ui::note(&format!(
            "{pages} pages during two restarts, 0 requests failed, the slowest took {}",
            ui::human(longest)
        ));
        server.stop()
    }

    /// Starts the server with a socket that outlives it, as systemd does. The socket is file descriptor 3.
    fn start_on(&self, socket: &TcpListener, data: &Path) -> Result<Server> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let handed: OwnedFd = socket.try_clone()?.into();
        let start = self.command("start", data);
        let program = start.get_program().to_owned();
        let mut command = Command::new("/bin/sh");
        let script = "export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$0\" 3<&0 </dev/null";
        command.arg("-c").arg(script).arg(program);
        command.env_clear().envs(
            start
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        if let Some(folder) = start.get_current_dir() {
            command.current_dir(folder);
        }
        command.stdin(handed).stdout(log.try_clone()?).stderr(log);
        Server::start(&mut command, &self.site)
    }

    /// Creates a command for a program of the archive, with only these variables in its environment.
    fn command(&self, program: &str, data: &Path) -> Command {
        let mut command = Command::new(self.app.join(program));
        command
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", self.programs.display()))
            .env("CONVEX_DATA_DIR", data)
            .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{}", self.site.port))
            .current_dir(self.app.parent().unwrap_or(&self.app))
            .stdin(Stdio::null());
        command
    }

    fn start(&self, data: &Path) -> Result<Server> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = self.command("start", data);
        command.stdout(log.try_clone()?).stderr(log);
        Server::start(&mut command, &self.site)
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

    /// Checks that the server renders a page for Ann.
    fn assert_signed_in(&self, when: &str) -> Result<()> {
        if !self.site.get("/dashboard")?.contains(ANN) {
            bail!("not signed in {when}");
        }
        Ok(())
    }
}
