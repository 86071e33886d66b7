//! A changed folder is loaded again; a broken one leaves the last good version serving.

use std::fs;
use std::time::Duration;

use convex_local::functions::{FunctionsConfig, StartError, function_spec};
use serde_json::json;

use crate::support::{copy_of_app, fixture, try_app};

const FIRST: &str = r#"import { query } from "./_generated/server";
export const version = query({ args: {}, handler: () => 1 });
"#;
const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_change_reloads_and_a_broken_file_does_not() {
    let dir = copy_of_app("reload");
    let file = dir.join("changing.ts");
    fs::write(&file, FIRST).expect("write");
    let app = try_app(&dir, |config| config.watch = true)
        .await
        .expect("loads");
    let mut generation = app.functions.generation();
    let version = || app.query("changing:version", json!({}));
    assert_eq!(version().await.expect("first"), json!(1));

    fs::write(&file, "export const version = ;").expect("break");
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(version().await.expect("the last good one"), json!(1));
    assert_eq!(*generation.borrow_and_update(), 1);

    fs::write(&file, FIRST.replace("=> 1", "=> 2")).expect("mend");
    let grown = tokio::time::timeout(LIMIT, generation.changed()).await;
    grown.expect("reloads in time").expect("reloads");
    assert_eq!(version().await.expect("second"), json!(2));
}

#[tokio::test]
async fn a_folder_that_does_not_compile_says_file_and_line() {
    let dir = copy_of_app("broken");
    fs::write(
        dir.join("oops.ts"),
        "export const a = 1;\nexport const b = ;\n",
    )
    .expect("write");
    let Err(StartError::Load(error)) = try_app(&dir, |_| {}).await else {
        panic!("a broken folder must not start");
    };
    assert_eq!(error.message, "convex/oops.ts:2:18: Unexpected \";\"");

    fs::write(dir.join("oops.ts"), "export const a = null;\na.b();\n").expect("write");
    let Err(StartError::Load(error)) = try_app(&dir, |_| {}).await else {
        panic!("a throwing module must not start");
    };
    assert!(
        error
            .message
            .starts_with("Failed to load convex/oops: Uncaught TypeError:"),
        "{error}"
    );
    assert!(
        error.message.contains("(../convex/oops.ts:2:3)")
            || error.message.contains("../convex/oops.ts:2:3"),
        "{error}"
    );
}

#[tokio::test]
async fn a_missing_folder_is_said_and_a_spec_needs_no_store() {
    let missing = try_app("/nowhere/convex".as_ref(), |_| {}).await;
    assert!(matches!(missing, Err(StartError::NoFunctions(_))));
    let dir = copy_of_app("spec");
    let config = FunctionsConfig::new(&dir, env!("CARGO_TARGET_TMPDIR"));
    let spec = function_spec(&config).await.expect("a spec");
    assert!(spec["functions"].as_array().expect("a list").len() > 10);
}

#[tokio::test]
async fn a_missing_or_old_node_says_what_to_install() {
    use std::os::unix::fs::PermissionsExt as _;

    let dir = tempfile::tempdir().expect("a temporary folder");
    let node = dir.path().join("node");
    let app = fixture("app");
    let start = || try_app(&app, |config| config.node = Some(node.clone()));
    let text = |result: Result<_, StartError>| result.err().expect("an error").to_string();
    assert!(text(start().await).starts_with("Node.js was not found. Install Node.js 20 or newer"));

    fs::write(&node, "#!/bin/sh\necho v18.19.0\n").expect("write");
    fs::set_permissions(&node, fs::Permissions::from_mode(0o755)).expect("make executable");
    let old = text(start().await);
    assert!(
        old.starts_with("Node.js v18.19.0 is too old. Install Node.js 20 or newer"),
        "{old}"
    );
}

#[tokio::test]
async fn a_change_outside_of_the_folder_reloads() {
    let dir = copy_of_app("outside");
    let shared = dir.with_file_name("shared.ts");
    let config = dir.with_file_name("tsconfig.json");
    let base = dir.with_file_name("tsconfig.base.json");
    fs::write(&shared, "export const version = 1;\n").expect("write");
    // The path `~/` is said in a file that the project's own one extends.
    fs::write(&config, r#"{ "extends": "./tsconfig.base.json" }"#).expect("write");
    let paths = |target: &str| {
        format!(r#"{{ "compilerOptions": {{ "paths": {{ "~/*": ["./{target}/*"] }} }} }}"#)
    };
    fs::write(&base, paths("one")).expect("write");
    for folder in ["one", "two"] {
        let folder = dir.with_file_name(folder);
        fs::create_dir_all(&folder).expect("create");
        let name = folder.file_name().and_then(|name| name.to_str());
        let text = format!("export const place = {:?};\n", name.expect("a name"));
        fs::write(folder.join("place.ts"), text).expect("write");
    }
    fs::write(
        dir.join("changing.ts"),
        "import { query } from \"./_generated/server\";\n\
         import { version } from \"../shared\";\n\
         import { place } from \"~/place\";\n\
         export const all = query({ args: {}, handler: () => [version, place] });\n",
    )
    .expect("write");
    let app = try_app(&dir, |config| config.watch = true).await;
    let app = app.expect("loads");
    let mut generation = app.functions.generation();
    let all = || app.query("changing:all", json!({}));
    assert_eq!(all().await, Ok(json!([1, "one"])));

    fs::write(&shared, "export const version = 2;\n").expect("change");
    let grown = tokio::time::timeout(LIMIT, generation.changed()).await;
    grown.expect("reloads in time").expect("reloads");
    assert_eq!(all().await, Ok(json!([2, "one"])));

    fs::write(&base, paths("two")).expect("change");
    let grown = tokio::time::timeout(LIMIT, generation.changed()).await;
    grown.expect("reloads in time").expect("reloads");
    assert_eq!(all().await, Ok(json!([2, "two"])));
}

#[tokio::test]
async fn packages_that_convex_json_lists_are_loaded_from_where_they_are() {
    let dir = copy_of_app("external");
    let config = dir.with_file_name("convex.json");
    let package = dir.with_file_name("node_modules/whereami");
    fs::create_dir_all(&package).expect("create");
    let manifest = r#"{ "name": "whereami", "version": "1.0.0", "main": "main.cjs" }"#;
    fs::write(package.join("package.json"), manifest).expect("write");
    // What a bundle would lose: a file beside the module.
    let code =
        "exports.read = () => require('node:fs').readFileSync(__dirname + '/note.txt', 'utf8');\n";
    fs::write(package.join("main.cjs"), code).expect("write");
    fs::write(package.join("note.txt"), "from the package").expect("write");
    fs::write(
        dir.join("external.ts"),
        "\"use node\";\n\
         import { action } from \"./_generated/server\";\n\
         import { read } from \"whereami\";\n\
         export const note = action({ args: {}, handler: () => read() });\n",
    )
    .expect("write");
    let list = r#"{ "node": { "externalPackages": ["whereami"] } }"#;
    fs::write(&config, list).expect("write");
    let app = try_app(&dir, |_| {}).await.expect("loads");
    let note = app.action("external:note", json!({})).await;
    assert_eq!(note, Ok(json!("from the package")));
    drop(app);

    fs::write(&config, r#"{ "node": { "externalPackages": "whereami" } }"#).expect("write");
    let refused = try_app(&dir, |_| {}).await.err().expect("is refused");
    let refused = refused.to_string();
    assert!(
        refused.contains("convex.json: node.externalPackages must be a list of package names"),
        "{refused}"
    );
}
