//! Folders that `node/prebuild.mjs` made, which are served without sources and packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use convex_local::functions::StartError;
use serde_json::json;

use crate::support::{fixture, try_app};

/// Bundles the fixture into a folder from which no `node_modules` is found.
fn bundles(place: &tempfile::TempDir) -> PathBuf {
    let out = place.path().join("convex");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("node/prebuild.mjs");
    let made = Command::new("node")
        .arg(script)
        .args([fixture("app"), out.clone()])
        .output()
        .expect("node");
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    out
}

#[tokio::test]
async fn bundles_serve_like_their_sources() {
    let place = tempfile::tempdir().expect("a folder");
    let out = bundles(&place);
    let plan = fs::read_to_string(out.join("plan.json")).expect("a plan");
    let here = env!("CARGO_MANIFEST_DIR");
    assert!(!plan.contains(here), "a path of this machine: {plan}");
    let app = try_app(&out, |_| {}).await.expect("bundles load");
    let sources = try_app(&fixture("app"), |_| {})
        .await
        .expect("sources load");

    // Bundles name the place of an error in the sources, just as the sources do.
    let thrown = app.query("errors:plain", json!({})).await;
    let expected = sources.query("errors:plain", json!({})).await;
    let message = thrown.expect_err("it throws").message;
    assert_eq!(message, expected.expect_err("it throws").message);
    assert!(message.contains("convex/errors.ts:"), "{message}");
}

#[tokio::test]
async fn bundles_of_another_version_are_refused_with_a_reason() {
    let place = tempfile::tempdir().expect("a folder");
    let out = bundles(&place);
    let file = out.join("plan.json");
    let plan = fs::read_to_string(&file).expect("a plan");
    let older = plan.replace("\"prebuilt\":1", "\"prebuilt\":0");
    assert_ne!(plan, older);
    fs::write(&file, older).expect("write");
    let Err(StartError::Load(error)) = try_app(&out, |_| {}).await else {
        panic!("it must not start");
    };
    assert!(
        error.message.contains("bundle the functions again"),
        "{error}"
    );
}
