//! The function spec of a folder, in the JSON of `npx convex function-spec`.

use serde_json::{Value as Json, json};

use super::manifest::{FunctionMeta, Manifest};

/// Returns `{ url, functions }` of the app's own functions and HTTP routes.
pub(crate) fn function_spec(manifest: &Manifest, cloud_url: &str) -> Json {
    let mut functions = Vec::new();
    if let Some(app) = manifest.definitions.first() {
        for (module, content) in &app.modules {
            for (name, meta) in &content.functions {
                functions.push(function(&format!("{module}.js:{name}"), meta));
            }
        }
        for (path, method) in &app.routes {
            functions.push(json!({
                "functionType": "HttpAction",
                "method": method,
                "path": path,
            }));
        }
    }
    json!({ "url": cloud_url, "functions": functions })
}

fn function(identifier: &str, meta: &FunctionMeta) -> Json {
    let any = json!({ "type": "any" });
    json!({
        "identifier": identifier,
        "functionType": meta.kind.to_string(),
        "visibility": { "kind": if meta.public { "public" } else { "internal" } },
        "args": meta.args.as_ref().unwrap_or(&any),
        "returns": meta.returns.as_ref().unwrap_or(&any),
    })
}
