//! `convex-local` as a process of its own, on the fixture app.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::{Value as Json, json};

pub(crate) struct Backend {
    child: Child,
    pub(crate) url: String,
    /// Kept open, because the process may print more.
    _output: BufReader<ChildStdout>,
}

impl Backend {
    /// Starts the command and waits until it serves.
    pub(crate) fn start(data: &Path) -> Self {
        let convex_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/crash/convex");
        let mut child = Command::new(env!("CARGO_BIN_EXE_convex-local"))
            .arg("--convex-dir")
            .arg(convex_dir)
            .arg("--data-dir")
            .arg(data)
            .args(["dev", "--cloud-port", "0", "--site-port", "0"])
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut output = BufReader::new(child.stdout.take().expect("is piped"));
        let url = output
            .by_ref()
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.trim().strip_prefix("CONVEX_URL=").map(str::to_owned));
        let Some(url) = url else {
            let ended = child.wait().expect("has ended");
            panic!("convex-local does not start: {ended}");
        };
        Self {
            child,
            url,
            _output: output,
        }
    }

    /// Sends `SIGKILL`, as `kill -9` does, so that nothing is tidied up.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("is killed");
        self.child.wait().expect("has ended");
    }

    /// Returns the processes that it has started.
    pub(crate) fn children(&self) -> Vec<Process> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("lives");
        let of_task = tasks.flatten().filter_map(|task| {
            let children = std::fs::read_to_string(task.path().join("children")).ok()?;
            Some(children.split_whitespace().map(PathBuf::from).collect())
        });
        let ids: Vec<PathBuf> = of_task.flat_map(|ids: Vec<PathBuf>| ids).collect();
        let found = ids.iter().filter_map(|id| Process::find(id));
        found.collect()
    }

    /// Returns the result of a query without arguments.
    pub(crate) async fn query(&self, path: &str) -> Json {
        let body = json!({ "path": path, "args": {}, "format": "json" });
        let request = client().post(format!("{}/api/query", self.url)).json(&body);
        let answer: Json = request
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        assert_eq!(answer["status"], "success", "{answer}");
        answer["value"].clone()
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        // For failed tests. This does nothing to a process that has been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn client() -> reqwest::Client {
    // This fails if another test has installed it before, which is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build();
    client.expect("an HTTP client")
}

/// A process. Its start time tells it from a later one with the same id.
#[derive(Debug)]
pub(crate) struct Process {
    stat: PathBuf,
    started: String,
}

impl Process {
    fn find(id: &Path) -> Option<Self> {
        let stat = Path::new("/proc").join(id).join("stat");
        let started = started(&stat)?;
        Some(Self { stat, started })
    }

    pub(crate) fn lives(&self) -> bool {
        started(&self.stat).as_ref() == Some(&self.started)
    }
}

/// Returns the start time of a process that runs, or `None` for a zombie.
fn started(stat: &Path) -> Option<String> {
    let text = std::fs::read_to_string(stat).ok()?;
    // The name of the program, in brackets, may hold anything; the fields come after it.
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?;
    (state != "Z").then(|| fields.nth(18).map(str::to_owned))?
}
