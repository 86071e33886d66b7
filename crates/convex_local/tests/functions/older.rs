//! Apps that have an older npm `convex`, and with it an older esbuild.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::support::try_app;

/// A stand-in for an old esbuild, which does not know the feature `from-base64` and returns no hashes.
const ESBUILD: &str = r#"
const known = require(REAL);
const refusing = (work) => async (...given) => {
  if ("from-base64" in (given.at(-1).supported ?? {})) {
    throw new Error('"from-base64" is not a valid feature name for the "supported" setting');
  }
  return await work(...given);
};
const build = async (options) => {
  const built = await known.build(options);
  for (const output of built.outputFiles ?? []) delete output.hash;
  return built;
};
module.exports = { ...known, build: refusing(build), transform: refusing(known.transform) };
"#;

#[tokio::test]
async fn an_older_esbuild_bundles_too() {
    let project = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        let file = project.path().join(name);
        fs::create_dir_all(file.parent().expect("a parent")).expect("creates");
        fs::write(file, text).expect("writes");
    };
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../node_modules");
    let real = |path: &str| json!(packages.join(path)).to_string();
    let convex = r#"{ "name": "convex", "version": "1.24.8", "type": "module", "exports": { "./server": "./server.js" } }"#;
    write("node_modules/convex/package.json", convex);
    let server = real("convex/dist/esm/server/index.js");
    write(
        "node_modules/convex/server.js",
        &format!("export * from {server};"),
    );
    write(
        "node_modules/esbuild/package.json",
        r#"{ "name": "esbuild", "main": "main.js" }"#,
    );
    write(
        "node_modules/esbuild/main.js",
        &ESBUILD.replace("REAL", &real("esbuild")),
    );
    write(
        "convex/greetings.ts",
        "import { queryGeneric } from 'convex/server'; export const hello = queryGeneric(() => 'hello');",
    );
    let app = try_app(&project.path().join("convex"), |_| {})
        .await
        .expect("loads");
    assert_eq!(
        app.query("greetings:hello", json!({})).await,
        Ok(json!("hello"))
    );
}
