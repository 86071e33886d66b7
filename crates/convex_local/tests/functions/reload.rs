//! The reload of a changed folder. While it is broken, the last good version keeps serving.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use convex_local::functions::{FunctionsConfig, StartError, function_spec};
use serde_json::json;

use crate::support::{App, copy_of_app, fixture, try_app};

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
async fn a_folder_that_does_not_compile_is_refused_with_file_and_line() {
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
async fn a_missing_folder_is_reported_and_a_spec_needs_no_store() {
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
    // `~/` is defined in a file that the project's `tsconfig.json` extends.
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
async fn packages_that_convex_json_lists_are_loaded_from_their_own_folder() {
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

/// Changes a folder that is served, and waits until it is loaded again.
async fn after(app: &App, change: impl FnOnce()) {
    let mut generation = app.functions.generation();
    generation.borrow_and_update();
    change();
    let grown = tokio::time::timeout(LIMIT, generation.changed()).await;
    grown.expect("reloads in time").expect("reloads");
}

fn query_of(value: &str) -> String {
    format!(
        "import {{ query }} from \"./_generated/server\";\n\
         import * as place from \"./place\";\n\
         export const value = query({{ args: {{}}, handler: () => {value} }});\n"
    )
}

#[tokio::test]
async fn files_come_go_and_are_renamed() {
    let dir = copy_of_app("coming");
    let write = |name: &str, text: &str| fs::write(dir.join(name), text).expect("write");
    fs::create_dir(dir.join("place")).expect("a folder");
    write("place/index.ts", "export const name = 'index';\n");
    write("old.ts", &query_of("place.name"));
    let app = try_app(&dir, |config| config.watch = true).await;
    let app = app.expect("loads");
    let value = async |module: &str| app.query(&format!("{module}:value"), json!({})).await;
    assert_eq!(value("old").await, Ok(json!("index")));

    // Several files change at once. A module that does not change imports one of them.
    after(&app, || {
        write("fresh.ts", &query_of("1"));
        write("other.ts", &query_of("2"));
        write("place/index.ts", "export const name = 'changed';\n");
    })
    .await;
    assert_eq!(value("fresh").await, Ok(json!(1)));
    assert_eq!(value("other").await, Ok(json!(2)));
    assert_eq!(value("old").await, Ok(json!("changed")));

    let rename = || fs::rename(dir.join("fresh.ts"), dir.join("renamed.ts"));
    after(&app, || rename().expect("renamed")).await;
    assert_eq!(value("renamed").await, Ok(json!(1)));
    assert!(value("fresh").await.is_err());

    // `place.ts` is found before `place/index.ts`.
    after(&app, || write("place.ts", "export const name = 'file';\n")).await;
    assert_eq!(value("old").await, Ok(json!("file")));
    let remove = |name: &str| fs::remove_file(dir.join(name)).expect("removed");
    after(&app, || {
        remove("place.ts");
        remove("renamed.ts");
    })
    .await;
    assert_eq!(value("old").await, Ok(json!("changed")));
    assert!(value("renamed").await.is_err());
}

#[tokio::test]
async fn a_file_saved_while_it_is_bundled_is_served_in_the_end() {
    let dir = copy_of_app("saved-twice");
    let save = |version: usize| {
        let text = FIRST.replace("=> 1", &format!("=> {version}"));
        fs::write(dir.join("changing.ts"), text).expect("write");
    };
    save(0);
    let app = try_app(&dir, |config| config.watch = true).await;
    let app = app.expect("loads");
    for (round, pause) in [60, 150, 300, 500].into_iter().enumerate() {
        let last = 2 * round + 2;
        save(last - 1);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        save(last);
        let served = async {
            while app.query("changing:version", json!({})).await != Ok(json!(last)) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let in_time = tokio::time::timeout(LIMIT, served).await;
        in_time.expect("the version that was saved last");
    }
}

#[tokio::test]
async fn modules_that_a_change_does_not_touch_are_reused() {
    let dir = copy_of_app("taken-over");
    let data = tempfile::tempdir().expect("a folder");
    fs::write(dir.join("changing.ts"), FIRST).expect("write");
    let app = try_app(&dir, |config| {
        config.watch = true;
        config.data_dir = data.path().to_owned();
    });
    let app = app.await.expect("loads");
    let thrown = async || app.query("errors:plain", json!({})).await;
    let first = thrown().await.expect_err("it throws").message;
    // The engine's compiled code is reused, too.
    let compiled = || links(data.path(), "0/errors.js.cache");
    let kept = async {
        while compiled().is_empty() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(LIMIT, kept).await.expect("compiled");

    let second = FIRST.replace("=> 1", "=> 2");
    after(&app, || {
        fs::write(dir.join("changing.ts"), second).expect("write");
    })
    .await;
    assert_eq!(links(data.path(), "0/errors.js"), [2, 2]);
    assert_eq!(compiled(), [2, 2]);
    assert_eq!(links(data.path(), "0/changing.js"), [1, 1]);
    let version = app.query("changing:version", json!({})).await;
    assert_eq!(version, Ok(json!(2)));
    let message = thrown().await.expect_err("it throws").message;
    assert!(message.contains("convex/errors.ts:"), "{message}");
    assert_eq!(message, first);
}

#[tokio::test]
async fn copies_of_code_that_modules_share_are_merged_again() {
    let dir = copy_of_app("merged");
    let data = tempfile::tempdir().expect("a folder");
    let large = format!("export const large = \"{}\";\n", "x".repeat(2_000_000));
    fs::write(dir.join("large.ts"), large).expect("write");
    let save = |module: &str, value: usize| {
        let text = query_of(&format!("large.length + {value}"));
        let text = text.replace("* as place from \"./place\"", "{ large } from \"./large\"");
        fs::write(dir.join(format!("{module}.ts")), text).expect("write");
    };
    // With many other files, a change of one module counts as a small one.
    let others = 0..200;
    let imports = others.map(|number| {
        let file = dir.join(format!("part.{number}.ts"));
        fs::write(file, "export const part = 1;\n").expect("write");
        format!("import \"./part.{number}\";\n")
    });
    let text = imports.collect::<String>() + "export const parts = 1;\n";
    fs::write(dir.join("parts.ts"), text).expect("write");
    let modules = ["one", "two", "three", "four"];
    for module in modules {
        save(module, 0);
    }
    let app = try_app(&dir, |config| {
        config.watch = true;
        config.data_dir = data.path().to_owned();
    });
    let app = app.await.expect("loads");
    let mut earlier = scripts(data.path());
    let mut sizes = Vec::new();
    for module in modules {
        after(&app, || save(module, 1)).await;
        let value = app.query(&format!("{module}:value"), json!({})).await;
        assert_eq!(value, Ok(json!(2_000_001)));
        let now = scripts(data.path());
        assert!(
            earlier
                .iter()
                .all(|(file, text)| now.get(file) == Some(text))
        );
        let new = now.iter().filter(|(file, _)| !earlier.contains_key(*file));
        sizes.push(new.map(|(_, text)| text.len()).sum::<usize>() / 2_000_000);
        earlier = now;
    }
    assert_eq!(sizes, [2, 1, 2, 1], "copies of the large text");
}

/// Returns the modules' scripts of all builds.
fn scripts(data: &Path) -> BTreeMap<PathBuf, String> {
    let builds = fs::read_dir(data.join("functions")).expect("builds");
    let folders = builds.flat_map(|build| {
        let app = build.expect("a build").path().join("0");
        [app.join("_deps"), app]
    });
    let files = folders
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten();
    let files = files.map(|file| file.expect("a file").path());
    let scripts = files.filter(|file| file.extension().is_some_and(|end| end == "js"));
    let read = |file: PathBuf| fs::read_to_string(&file).map(|text| (file, text));
    scripts.map(|file| read(file).expect("a script")).collect()
}

/// Returns for each build how many hard links a file has.
fn links(data: &Path, name: &str) -> Vec<u64> {
    use std::os::unix::fs::MetadataExt as _;

    let builds = fs::read_dir(data.join("functions")).expect("builds");
    let files = builds.map(|build| build.expect("a build").path().join(name));
    files
        .filter_map(|file| fs::metadata(file).ok())
        .map(|file| file.nlink())
        .collect()
}

#[tokio::test]
async fn a_component_can_be_removed_with_its_folder_between_two_starts() {
    let dir = copy_of_app("component-gone");
    let config = dir.join("convex.config.ts");
    let without = fs::read_to_string(&config).expect("read");
    let gone = dir.join("gone");
    fs::create_dir(&gone).expect("create");
    let component = "import { defineComponent } from \"convex/server\";\nexport default defineComponent(\"gone\");\n";
    fs::write(gone.join("convex.config.ts"), component).expect("write");
    fs::write(gone.join("one.ts"), FIRST).expect("write");
    let with = without
        .replace(
            "const app",
            "import gone from \"./gone/convex.config\";\n\nconst app",
        )
        .replace("export default", "app.use(gone);\n\nexport default");
    fs::write(&config, with).expect("write");
    drop(try_app(&dir, |_| ()).await.expect("loads"));

    fs::remove_dir_all(&gone).expect("remove");
    fs::write(&config, without).expect("write");
    try_app(&dir, |_| ()).await.expect("loads without it");
}
