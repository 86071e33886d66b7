//! Convex's own command line, `npx convex`, with the address and the key of a self-hosted backend.

mod pushing;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::snapshots::{archive, entries};
use crate::support::Server;

/// A folder that the command line accepts: a project that depends on `convex`.
struct Project {
    dir: TempDir,
}

/// The result and the output of a command.
#[derive(Debug)]
struct Said {
    ok: bool,
    out: String,
    err: String,
}

impl Project {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let package = json!({ "name": "tools", "dependencies": { "convex": "*" } });
        std::fs::write(dir.path().join("package.json"), package.to_string()).unwrap();
        Self { dir }
    }

    /// Creates a project with these files and with the npm packages of the crates.
    fn with(files: &[(&str, &str)]) -> Self {
        let project = Self::new();
        std::os::unix::fs::symlink(node_modules(), project.path("node_modules")).unwrap();
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    /// Starts a backend that serves the functions as they are now. Later changes need a push.
    async fn serve(&self) -> Server {
        Server::start_with(self.path("convex")).await
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.path(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Runs a command that pushes, without checking the types.
    async fn push(&self, server: &Server, command: &str) -> Said {
        let mut arguments: Vec<_> = command.split(' ').collect();
        arguments.extend(["--typecheck", "disable"]);
        self.convex(server, &arguments).await
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    async fn convex(&self, server: &Server, arguments: &[&str]) -> Said {
        self.convex_with(server, server.backend.admin_key(), arguments)
            .await
    }

    async fn convex_with(&self, server: &Server, key: &str, arguments: &[&str]) -> Said {
        let run = Command::new("node")
            .arg(node_modules().join("convex/bin/main.js"))
            .args(arguments)
            .current_dir(self.dir.path())
            .env("CONVEX_SELF_HOSTED_URL", server.backend.cloud_url())
            .env("CONVEX_SELF_HOSTED_ADMIN_KEY", key)
            // Otherwise it reports errors to Convex and, without a network, waits for that.
            .env("CI", "1")
            .stdin(Stdio::null())
            .output();
        let done = tokio::time::timeout(Duration::from_secs(180), run).await;
        let done = done.expect("the command ends").expect("node runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said {
            ok: done.status.success(),
            out: text(&done.stdout),
            err: text(&done.stderr),
        }
    }
}

/// Returns the folder of the npm packages of the crates.
pub(crate) fn node_modules() -> PathBuf {
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../node_modules");
    modules
        .canonicalize()
        .expect("`npm ci --prefix crates` has run")
}

impl Said {
    fn ok(self) -> String {
        assert!(self.ok, "{}{}", self.out, self.err);
        self.out
    }

    fn refused(self) -> String {
        assert!(!self.ok, "{}{}", self.out, self.err);
        self.err
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn run_and_data_show_what_is_stored() {
    let (server, project) = (Server::start().await, Project::new());
    let args = json!({ "text": "tea" }).to_string();
    project
        .convex(&server, &["run", "notes:addQuietly", &args])
        .await
        .ok();
    let out = project.convex(&server, &["run", "notes:list"]).await.ok();
    assert_eq!(serde_json::from_str::<Json>(&out).unwrap(), json!(["tea"]));

    let tables = project.convex(&server, &["data"]).await.ok();
    assert_eq!(tables.lines().collect::<Vec<_>>(), ["notes", "todos"]);
    let rows = project.convex(&server, &["data", "notes", "--format", "jsonLines"]);
    let row: Json = serde_json::from_str(&rows.await.ok()).unwrap();
    assert_eq!(row["text"], "tea");
    let none = project.convex(&server, &["data", "todos"]).await;
    assert!(
        none.err.contains("There are no documents in this table."),
        "{none:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn env_variables_reach_the_functions() {
    let (server, project) = (Server::start().await, Project::new());
    project
        .convex(&server, &["env", "set", "GREETING", "hi there"])
        .await
        .ok();
    let got = project
        .convex(&server, &["env", "get", "GREETING"])
        .await
        .ok();
    assert_eq!(got.trim(), "hi there");
    // The functions are loaded again in the background.
    let greeted = async {
        while server.call("query", "notes:greeting", json!({})).await.1["value"] != "hi there" {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let greeted = tokio::time::timeout(Duration::from_secs(60), greeted).await;
    greeted.expect("the functions get the variable");
    let list = ["env", "list", "--include-values"];
    let said = project.convex(&server, &list).await.ok();
    assert!(
        said.lines().any(|line| line.starts_with("GREETING=")),
        "{said}"
    );
    project
        .convex(&server, &["env", "remove", "GREETING"])
        .await
        .ok();
    let list = project.convex(&server, &list).await.ok();
    assert!(!list.contains("GREETING"), "{list}");
    let reserved = project.convex(&server, &["env", "set", "CONVEX_SITE_URL", "x"]);
    let error = reserved.await.refused();
    assert!(error.contains("is set by convex-local itself"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn function_spec_describes_the_functions_of_the_folder() {
    let (server, project) = (Server::start().await, Project::new());
    let out = project.convex(&server, &["function-spec"]).await.ok();
    let spec: Json = serde_json::from_str(&out).unwrap();
    assert_eq!(spec["url"], server.backend.cloud_url());
    let functions = spec["functions"].as_array().unwrap();
    let add = functions
        .iter()
        .find(|f| f["identifier"] == "notes.js:add")
        .unwrap();
    assert_eq!(add["functionType"], "Mutation");
    assert_eq!(add["args"]["value"]["text"]["fieldType"]["type"], "string");
}

#[tokio::test(flavor = "multi_thread")]
async fn data_move_from_one_backend_to_another() {
    let (from, to, project) = (Server::start().await, Server::start().await, Project::new());
    from.add_note("first").await;
    from.add_note("second").await;
    let (_, made) = from
        .call("action", "files:makeAndRead", json!({ "text": "a,b" }))
        .await;
    let id = &made["value"]["id"];

    let export = ["export", "--path", "out.zip", "--include-file-storage"];
    project.convex(&from, &export).await.ok();
    let import = ["import", "out.zip", "--replace-all", "-y"];
    let said = project.convex(&to, &import).await;
    assert!(said.err.contains("Added 2 documents"), "{said:?}");

    let (_, notes) = to.call("query", "notes:list", json!({})).await;
    assert_eq!(notes["value"], json!(["first", "second"]));
    let (_, url) = to.call("query", "files:url", json!({ "id": id })).await;
    let url = url["value"].as_str().expect("the file is there");
    let content = to.http.get(url).send().await.unwrap().text().await.unwrap();
    assert_eq!(content, "a,b");

    // A second import over the same data changes no entry.
    project.convex(&to, &import).await.ok();
    let export = ["export", "--path", "again.zip", "--include-file-storage"];
    project.convex(&to, &export).await.ok();
    let data = |name| {
        let mut entries = entries(&std::fs::read(project.path(name)).unwrap());
        // The two backends may have given other tables different numbers.
        entries.retain(|name, _| !name.contains("_tables/"));
        entries
    };
    assert_eq!(data("out.zip"), data("again.zip"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_live_and_a_refused_one_changes_nothing() {
    let (server, project) = (Server::start().await, Project::new());
    server.add_note("kept").await;
    std::fs::write(project.path("notes.csv"), "text\nfrom a sheet\n").unwrap();
    let import = ["import", "--table", "notes", "notes.csv"];
    let error = project.convex(&server, &import).await.refused();
    assert!(error.contains("Table notes already exists"), "{error}");
    let append = [&import[..], &["--append"]].concat();
    project.convex(&server, &append).await.ok();
    let (_, notes) = server.call("query", "notes:list", json!({})).await;
    assert_eq!(notes["value"], json!(["kept", "from a sheet"]));

    std::fs::write(
        project.path("notes.jsonl"),
        "{\"text\":\"good\"}\n{\"text\":1}\n",
    )
    .unwrap();
    let replace = [
        "import",
        "--table",
        "notes",
        "notes.jsonl",
        "--replace",
        "-y",
    ];
    let error = project.convex(&server, &replace).await.refused();
    assert!(error.contains("does not match the schema"), "{error}");
    let broken = archive(&[("notes/documents.jsonl", "{\"text\":\"a\"}\n{\"text\":\n")]);
    std::fs::write(project.path("broken.zip"), broken).unwrap();
    let error = project.convex(&server, &["import", "broken.zip", "--replace", "-y"]);
    let error = error.await.refused();
    assert!(
        error.contains("notes/documents.jsonl: Row 2 wasn't valid JSON"),
        "{error}"
    );
    let (_, notes) = server.call("query", "notes:list", json!({})).await;
    assert_eq!(notes["value"], json!(["kept", "from a sheet"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_refused() {
    let (server, project) = (Server::start().await, Project::new());
    let wrong = project.convex_with(&server, "convex-local|0123", &["env", "set", "A", "b"]);
    let error = wrong.await.refused();
    assert!(
        error.contains("The provided deploy key was invalid"),
        "{error}"
    );
}
