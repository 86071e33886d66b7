//! The content of a folder, in the JSON that a deployment answers to a push: Convex's command line
//! generates `_generated/` from it.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::manifest::{Component, CronEntry, Definition, FunctionMeta, Manifest, Module};

/// Returns the description of each component's code by the path of its folder.
pub(crate) fn definitions(manifest: &Manifest, convex_version: &str) -> Json {
    let evaluated = |definition: &Definition| {
        json!({
            "definition": metadata(definition),
            "schema": schema(definition),
            "functions": functions(definition),
            "udfConfig": {
                "serverVersion": convex_version,
                "importPhaseRngSeed": null,
                "importPhaseUnixTimestamp": null,
            },
        })
    };
    let definitions = manifest.definitions.iter();
    definitions
        .map(|definition| (definition.path.clone(), evaluated(definition)))
        .collect::<Map<_, _>>()
        .into()
}

/// Returns a component's schema as a deployment stores it.
pub(crate) fn schema(definition: &Definition) -> Option<Json> {
    definition.schema.clone().map(with_full_indexes)
}

/// Returns all components, each with the path that it is mounted at.
pub(crate) fn components(manifest: &Manifest) -> Json {
    let components = manifest.components.iter();
    components
        .map(|Component { path, .. }| {
            let name = path.rsplit('/').next().filter(|name| !name.is_empty());
            json!({ "id": path, "name": name, "path": path, "args": {}, "state": "active" })
        })
        .collect()
}

/// Completes the indexes: the creation time is the last field of each.
fn with_full_indexes(mut schema: Json) -> Json {
    let tables = schema["tables"].as_array_mut().into_iter().flatten();
    for table in tables {
        for kind in ["indexes", "stagedDbIndexes"] {
            let indexes = table.get_mut(kind).and_then(Json::as_array_mut);
            for index in indexes.into_iter().flatten() {
                if let Some(fields) = index["fields"].as_array_mut() {
                    fields.push(json!("_creationTime"));
                }
            }
        }
    }
    schema
}

/// Returns the component tree, from the app down.
pub(crate) fn app(manifest: &Manifest) -> Json {
    let root = manifest.components.first();
    root.map_or(Json::Null, |root| mounted(manifest, root))
}

fn mounted(manifest: &Manifest, component: &Component) -> Json {
    let definition = manifest.definitions.get(component.definition);
    let children = component.children.iter().filter_map(|(name, path)| {
        let mut components = manifest.components.iter();
        let child = components.find(|child| child.path == *path)?;
        Some((name.clone(), mounted(manifest, child)))
    });
    let routes = definition.map(|definition| {
        let routes = definition.routes.iter();
        routes.map(route).collect::<Vec<_>>()
    });
    json!({
        "definitionPath": definition.map_or("", |definition| &definition.path),
        "componentPath": component.path,
        "args": {},
        "childComponents": children.collect::<Map<_, _>>(),
        "httpRoutes": {
            "httpModuleRoutes": routes,
            "mounts": component.mounts.keys().collect::<Vec<_>>(),
        },
        "exports": {},
    })
}

/// Returns the content of `convex.config.ts`, with the exports of the component.
fn metadata(definition: &Definition) -> Json {
    let without =
        || json!({ "definitionType": { "type": "app" }, "childComponents": [], "httpMounts": {} });
    let mut metadata = definition.config.clone().unwrap_or_else(without);
    metadata["path"] = json!(definition.path);
    metadata["exports"] = Exports::of(definition).to_json();
    metadata
}

/// The public functions as a tree, from which `_generated/component.ts` is made.
#[derive(Default)]
struct Exports {
    branches: BTreeMap<String, Exports>,
    leaves: BTreeMap<String, String>,
}

impl Exports {
    fn of(definition: &Definition) -> Self {
        let mut root = Self::default();
        for (module, content) in &definition.modules {
            let public = content.functions.iter().filter(|(_, meta)| meta.public);
            for (name, _) in public {
                let mut at = &mut root;
                for part in module.split('/') {
                    at = at.branches.entry(part.to_owned()).or_default();
                }
                let reference = format!("_reference/function/{module}.js:{name}");
                at.leaves.insert(name.clone(), reference);
            }
        }
        root
    }

    fn to_json(&self) -> Json {
        let branches = self.branches.iter();
        let branches = branches.map(|(name, branch)| json!([name, branch.to_json()]));
        let leaves = self.leaves.iter();
        let leaves = leaves.map(|(name, leaf)| json!([name, { "type": "leaf", "leaf": leaf }]));
        json!({ "type": "branch", "branch": branches.chain(leaves).collect::<Vec<_>>() })
    }
}

fn functions(definition: &Definition) -> Json {
    let modules = definition.modules.iter();
    modules
        .map(|(name, module)| (format!("{name}.js"), analyzed(definition, name, module)))
        .collect::<Map<_, _>>()
        .into()
}

fn analyzed(definition: &Definition, name: &str, module: &Module) -> Json {
    let functions = module.functions.iter();
    let routes = || {
        let routes = definition.routes.iter();
        routes
            .map(|it| json!({ "route": route(it), "pos": null }))
            .collect::<Vec<_>>()
    };
    let crons = || {
        let crons = definition.crons.iter().flatten();
        crons.map(cron).collect::<Vec<_>>()
    };
    json!({
        "functions": functions.map(function).collect::<Vec<_>>(),
        "httpRoutes": (name == "http").then(routes),
        "cronSpecs": (name == "crons").then(crons),
        "sourceMapped": null,
    })
}

fn function((name, meta): (&String, &FunctionMeta)) -> Json {
    // Here validators are JSON text.
    let text = |validator: &Option<Json>| validator.as_ref().map(Json::to_string);
    json!({
        "name": name,
        "pos": null,
        "udfType": meta.kind.to_string(),
        "visibility": { "kind": if meta.public { "public" } else { "internal" } },
        "args": text(&meta.args),
        "returns": text(&meta.returns),
    })
}

fn route((path, method): &(String, String)) -> Json {
    json!({ "path": path, "method": method })
}

fn cron((identifier, entry): (&String, &CronEntry)) -> Json {
    json!({
        "identifier": identifier,
        "spec": { "udfPath": entry.name, "udfArgs": null, "cronSchedule": entry.schedule },
    })
}
