//! Convex's own command line, `npx convex`, with the address and the key of a self-hosted backend.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::snapshots::{archive, entries};
use crate::support::Server;

/// A folder as the command line wants it: a project that depends on `convex`.
struct Project {
    dir: TempDir,
}

/// What a command said.
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

    /// With functions of its own.
    fn with(files: &[(&str, &str)]) -> Self {
        let project = Self::new();
        let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../node_modules");
        let modules = modules.canonicalize().expect("npm ci has run");
        std::os::unix::fs::symlink(modules, project.path("node_modules")).unwrap();
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    /// A backend that serves them as they are now: what changes later waits for a push.
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

    /// A command that pushes, without a look at the types.
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
        let program = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../node_modules/convex/bin/main.js")
            .canonicalize()
            .expect("npm ci has run");
        let run = Command::new("node")
            .arg(program)
            .args(arguments)
            .current_dir(self.dir.path())
            .env("CONVEX_SELF_HOSTED_URL", server.backend.cloud_url())
            .env("CONVEX_SELF_HOSTED_ADMIN_KEY", key)
            // It reports errors to its makers otherwise, and without a network waits for that.
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
    // The functions are loaded anew in the background.
    loop {
        let (_, said) = server.call("query", "notes:greeting", json!({})).await;
        if said["value"] == "hi there" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
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
async fn function_spec_is_what_the_folder_holds() {
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

    // And again, over what is there: every entry is what it was.
    project.convex(&to, &import).await.ok();
    let export = ["export", "--path", "again.zip", "--include-file-storage"];
    project.convex(&to, &export).await.ok();
    let data = |name| {
        let mut entries = entries(&std::fs::read(project.path(name)).unwrap());
        // Tables of other names may have other numbers here and there.
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
async fn what_is_not_there_is_refused_in_words() {
    let (server, project) = (Server::start().await, Project::new());
    let wrong = project.convex_with(&server, "convex-local|0123", &["env", "set", "A", "b"]);
    let error = wrong.await.refused();
    assert!(
        error.contains("The provided deploy key was invalid"),
        "{error}"
    );
    // Nothing of the folder that is served may be replaced by another one.
    let project = Project::with(&[("convex/one.ts", NOTES)]);
    for command in ["dev --once", "deploy -y", "codegen"] {
        let error = project.push(&server, command).await.refused();
        assert!(
            error.contains("what was pushed is not that folder"),
            "{error}"
        );
        assert!(error.contains("tests/fixtures/todos/convex"), "{error}");
        assert!(error.contains("it has one.js and lacks "), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codegen_writes_the_types_of_the_folder_and_changes_nothing() {
    let project = Project::with(&APP);
    let server = project.serve().await;
    project.write("convex/messages.ts", MESSAGES);
    project.push(&server, "codegen").await.ok();
    let api = project.read("convex/_generated/api.d.ts");
    assert!(api.contains("messages: typeof messages;"), "{api}");
    assert!(api.contains("notes: typeof notes;"), "{api}");
    assert!(
        api.contains("import(\"../counter/_generated/component.js\").ComponentApi<\"counter\">"),
        "{api}"
    );
    // A component's functions are known by their validators, and only the public ones.
    let component = project.read("convex/counter/_generated/component.ts");
    let bare: String = component.split_whitespace().collect();
    let typed = "add:FunctionReference<\"mutation\",\"internal\",{by:number},null,Name>";
    assert!(bare.contains(typed), "{component}");
    assert!(!component.contains("hidden"), "{component}");
    // What serves is what was loaded before.
    let (_, said) = server.call("query", "messages:hi", json!({})).await;
    assert_eq!(said["status"], "error", "{said}");
    // Static types come from the validators of the app's functions and of its schema.
    let settings = json!({ "codegen": { "staticApi": true, "staticDataModel": true } });
    project.write("convex.json", &settings.to_string());
    project.push(&server, "codegen").await.ok();
    let api = project.read("convex/_generated/api.d.ts");
    assert!(
        api.contains("FunctionReference<\"mutation\", \"public\""),
        "{api}"
    );
    let model = project.read("convex/_generated/dataModel.d.ts");
    assert!(
        model.contains("by_text: [\"text\", \"_creationTime\"]"),
        "{model}"
    );
}

/// The types of this repository's own functions, by `convex-local codegen`.
#[test]
fn codegen_writes_what_is_committed() {
    const GENERATED: [&str; 2] = ["convex/_generated", "convex/betterAuth/_generated"];
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let project = Project::with(&[]);
    for name in ["convex", "package.json"] {
        copy(&repository.join(name), &project.path(name));
    }
    for folder in GENERATED {
        std::fs::remove_dir_all(project.path(folder)).unwrap();
    }
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_convex-local"))
        .args(["codegen", "--convex-dir"])
        .arg(project.path("convex"))
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    for folder in GENERATED {
        for file in std::fs::read_dir(repository.join(folder)).unwrap() {
            let name = format!("{folder}/{}", file.unwrap().file_name().display());
            let committed = std::fs::read_to_string(repository.join(&name)).unwrap();
            assert!(
                project.read(&name) == committed,
                "{name} is stale: run `cargo xtask codegen` and commit it"
            );
        }
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_file() {
        std::fs::copy(from, to).unwrap();
        return;
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let name = entry.unwrap().file_name();
        copy(&from.join(&name), &to.join(&name));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn dev_and_deploy_load_the_folder_anew() {
    let project = Project::with(&APP);
    let server = project.serve().await;
    project.write("convex/messages.ts", MESSAGES);
    project.push(&server, "deploy -y --dry-run").await.ok();
    let (_, said) = server.call("query", "messages:hi", json!({})).await;
    assert_eq!(said["status"], "error", "{said}");
    project.push(&server, "deploy -y").await.ok();
    let (_, said) = server.call("query", "messages:hi", json!({})).await;
    assert_eq!(said["value"], "hi");

    // Types are looked at when that is asked for, and before anything is loaded.
    let greeting = MESSAGES.replace("\"hi\"", "\"hello\"");
    let mistake = format!("{greeting}export const n: number = \"one\";\n");
    project.write("convex/messages.ts", &mistake);
    let settings = json!({ "compilerOptions": {
        "strict": true, "noEmit": true, "skipLibCheck": true, "types": [],
        "module": "ESNext", "moduleResolution": "Bundler", "target": "ESNext",
    } });
    project.write("convex/tsconfig.json", &settings.to_string());
    let checked = ["dev", "--once", "--typecheck", "enable"];
    let refused = project.convex(&server, &checked).await;
    assert!(
        !refused.ok && format!("{refused:?}").contains("TS2322"),
        "{refused:?}"
    );
    let (_, said) = server.call("query", "messages:hi", json!({})).await;
    assert_eq!(said["value"], "hi");
    project.write("convex/messages.ts", &greeting);
    project.convex(&server, &checked).await.ok();
    let (_, said) = server.call("query", "messages:hi", json!({})).await;
    assert_eq!(said["value"], "hello");
    // `run` can do the same before it calls.
    project.write("convex/messages.ts", MESSAGES);
    let run = ["run", "--push", "--typecheck", "disable", "messages:hi"];
    let said = project.convex(&server, &run).await.ok();
    assert_eq!(said.trim(), "\"hi\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_of_components_run_for_administrators_alone() {
    let project = Project::with(&APP);
    let server = project.serve().await;
    let run = ["run", "--component", "counter", "counts:hidden"];
    let said = project.convex(&server, &run).await.ok();
    assert_eq!(said.trim(), "7");
    let run = ["run", "--component", "other", "counts:hidden"];
    let error = project.convex(&server, &run).await.refused();
    assert!(error.contains("in component 'other'"), "{error}");
    // Not even the public ones are there for a client.
    let body = json!({ "path": "counts:add", "args": { "by": 1 }, "componentPath": "counter" });
    for kind in ["mutation", "function"] {
        let url = server.url(&format!("/api/{kind}"));
        let said = server.http.post(url).json(&body).send().await.unwrap();
        let said: Json = said.json().await.unwrap();
        assert_eq!(said["status"], "error", "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_does_not_load_is_reported_and_the_old_functions_go_on() {
    let project = Project::with(&APP);
    let server = project.serve().await;
    server.add_note("tea").await;
    let goes_on = async || {
        let (_, said) = server.call("query", "notes:list", json!({})).await;
        assert_eq!(said["value"], json!(["tea"]));
    };

    project.write(
        "convex/schema.ts",
        &SCHEMA.replace("v.string()", "v.number()"),
    );
    let error = project.push(&server, "dev --once").await.refused();
    assert!(error.contains("Schema validation failed."), "{error}");
    assert!(
        error.contains("in table \"notes\" does not match"),
        "{error}"
    );
    goes_on().await;
    // It says nothing about types.
    project.push(&server, "codegen").await.ok();

    project.write("convex/schema.ts", &SCHEMA.replace("by_text", "by_id"));
    let error = project.push(&server, "deploy -y").await.refused();
    assert!(
        error.contains("The functions do not load; those from before go on"),
        "{error}"
    );
    assert!(error.contains("schema.ts"), "{error}");
    goes_on().await;

    project.write("convex/schema.ts", SCHEMA);
    project.write("convex/broken.ts", "export const a: any = null;\na.b();\n");
    let error = project.push(&server, "dev --once").await.refused();
    assert!(error.contains("Failed to load convex/broken"), "{error}");
    assert!(error.contains("../convex/broken.ts:2:3"), "{error}");
    goes_on().await;
}

const NOTES: &str = r#"import { mutationGeneric as mutation, queryGeneric as query } from "convex/server";
import { v } from "convex/values";
export const add = mutation({
  args: { text: v.string() },
  handler: async (ctx, { text }) => { await ctx.db.insert("notes", { text }); },
});
export const list = query({
  args: {},
  handler: async (ctx) => (await ctx.db.query("notes").collect()).map(({ text }) => text),
});
"#;
const MESSAGES: &str = r#"import { queryGeneric as query } from "convex/server";
export const hi = query({ args: {}, handler: () => "hi" });
"#;
const SCHEMA: &str = r#"import { defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";
export default defineSchema({
  notes: defineTable({ text: v.string() }).index("by_text", ["text"]),
});
"#;
/// An app with a component of its own.
const APP: [(&str, &str); 5] = [
    ("convex/notes.ts", NOTES),
    ("convex/schema.ts", SCHEMA),
    (
        "convex/convex.config.ts",
        r#"import { defineApp } from "convex/server";
import counter from "./counter/convex.config";
const app = defineApp();
app.use(counter);
export default app;
"#,
    ),
    (
        "convex/counter/convex.config.ts",
        r#"import { defineComponent } from "convex/server";
export default defineComponent("counter");
"#,
    ),
    (
        "convex/counter/counts.ts",
        r#"import { v } from "convex/values";
import { internalMutationGeneric as internalMutation, mutationGeneric as mutation } from "convex/server";
export const add = mutation({
  args: { by: v.number() }, returns: v.null(), handler: async () => null,
});
export const hidden = internalMutation({ args: {}, handler: async () => 7 });
"#,
    ),
];
