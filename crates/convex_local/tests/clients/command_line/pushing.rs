//! Pushes: `codegen`, `dev` and `deploy`.

use std::path::Path;

use serde_json::{Value as Json, json};

use super::Project;
use crate::support::Server;

/// A push from another folder does not replace what is served.
#[tokio::test(flavor = "multi_thread")]
async fn another_folder_is_refused() {
    let server = Server::start().await;
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
    // The types of a component list its public functions only, typed by their validators.
    let component = project.read("convex/counter/_generated/component.ts");
    let bare: String = component.split_whitespace().collect();
    let typed = "add:FunctionReference<\"mutation\",\"internal\",{by:number},null,Name>";
    assert!(bare.contains(typed), "{component}");
    assert!(!component.contains("hidden"), "{component}");
    // The backend still serves what it loaded before.
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

/// Runs `convex-local codegen` on this repository's own functions.
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
        .env("RUST_LOG", "info")
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    // The app has a cron job that is due in a fresh backend. `codegen` must not run it.
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(
        said.contains("functions API") && !said.contains("cron"),
        "{said}"
    );
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
async fn dev_and_deploy_load_the_folder_again() {
    let project = Project::with(&APP);
    let server = project.serve().await;
    project.write("convex/messages.ts", MESSAGES);
    project.push(&server, "deploy -y --dry-run").await.ok();
    let (_, said) = server.call("query", "messages:hi", json!({})).await;
    assert_eq!(said["status"], "error", "{said}");
    project.push(&server, "deploy -y").await.ok();
    let (_, said) = server.call("query", "messages:hi", json!({})).await;
    assert_eq!(said["value"], "hi");

    // Types are checked only with `--typecheck enable`, before anything is loaded.
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
    // `run --push` pushes before it calls the function.
    project.write("convex/messages.ts", MESSAGES);
    let run = ["run", "--push", "--typecheck", "disable", "messages:hi"];
    let said = project.convex(&server, &run).await.ok();
    assert_eq!(said.trim(), "\"hi\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_of_components_run_for_administrators_only() {
    let project = Project::with(&APP);
    let server = project.serve().await;
    let run = ["run", "--component", "counter", "counts:hidden"];
    let said = project.convex(&server, &run).await.ok();
    assert_eq!(said.trim(), "7");
    let run = ["run", "--component", "other", "counts:hidden"];
    let error = project.convex(&server, &run).await.refused();
    assert!(error.contains("in component 'other'"), "{error}");
    // Clients cannot call even the public ones.
    let body = json!({ "path": "counts:add", "args": { "by": 1 }, "componentPath": "counter" });
    for kind in ["mutation", "function"] {
        let url = server.url(&format!("/api/{kind}"));
        let said = server.http.post(url).json(&body).send().await.unwrap();
        let said: Json = said.json().await.unwrap();
        assert_eq!(said["status"], "error", "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_does_not_load_is_reported_and_the_old_functions_keep_running() {
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
    // `codegen` does not compare documents with the schema.
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
