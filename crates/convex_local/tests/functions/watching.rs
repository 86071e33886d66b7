//! The watch on the files of a folder, and what a refused change leaves as it was.

use std::fs;
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Handle;

use crate::support::{copy_of_app, loads_a_new_file, try_app};

#[tokio::test]
async fn a_folder_that_was_removed_and_made_again_is_watched() {
    let dir = copy_of_app("made-again");
    let app = try_app(&dir, |config| config.watch = true).await;
    let app = app.expect("loads");
    fs::remove_dir_all(&dir).expect("removes the folder");
    tokio::time::sleep(Duration::from_secs(1)).await;
    copy_of_app("made-again");
    // By now the folder is loaded as it was before.
    tokio::time::sleep(Duration::from_secs(4)).await;
    loads_a_new_file(&app, &dir, Duration::from_secs(20)).await;
}

#[tokio::test]
async fn a_refused_schema_of_a_component_changes_no_other_schema() {
    let dir = copy_of_app("schemas");
    let app = try_app(&dir, |config| config.watch = true).await;
    let app = app.expect("loads");
    let added = app.mutation("library:write", json!({ "text": "tea" }));
    added.await.expect("adds a note to the component");
    let change = |file: &str, from: &str, to: &str| {
        let file = dir.join(file);
        let text = fs::read_to_string(&file).expect("read");
        assert!(text.contains(from), "{text}");
        fs::write(&file, text.replace(from, to)).expect("write");
    };
    change("schema.ts", ".index(\"by_name\", [\"name\"])", "");
    let more = "text: v.string(), more: v.string()";
    change("notes/schema.ts", "text: v.string()", more);
    // By now the folder has been refused.
    tokio::time::sleep(Duration::from_secs(4)).await;
    let call = app.query("counters:get", json!({ "name": "none" }));
    call.await.expect("the index is there");
}

#[tokio::test]
async fn the_watch_ends_with_the_functions() {
    let dir = copy_of_app("watch-ends");
    let app = try_app(&dir, |config| config.watch = true).await;
    drop(app.expect("loads").stop().await);
    let ended = async {
        while Handle::current().metrics().num_alive_tasks() > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(30), ended).await;
    in_time.expect("no task is left");
}
