//! The manifest of a folder: the runner's description of its content, as sent over the socket.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::auth::AuthProvider;
use crate::functions::error::LoadError;
use crate::store::{ComponentPath, SchemaError};

/// Everything in a folder: component definitions, where they are mounted, and the token issuers.
#[derive(Debug, Deserialize)]
pub(crate) struct Manifest {
    /// The name of the build. The same name as before means that nothing has changed.
    pub(crate) build: String,
    /// Index 0 is the app itself.
    pub(crate) definitions: Vec<Definition>,
    /// The component tree, parents before children; the first is the app.
    pub(crate) components: Vec<Component>,
    /// `providers` of `auth.config.ts`.
    pub(crate) auth: Vec<AuthProvider>,
    /// The files that went into the bundles.
    pub(crate) inputs: Vec<PathBuf>,
    /// Files that decide how imports are resolved, whether or not they exist: `package.json`,
    /// `tsconfig.json` and what it extends, npm's lock file.
    pub(crate) deciding: Vec<PathBuf>,
    /// The duration of the load.
    pub(crate) steps: Steps,
}

/// The steps of a load, in milliseconds.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Steps {
    /// Starting the process and asking it.
    pub(crate) started: f64,
    /// Looking for changes, and bundling.
    pub(crate) bundled: f64,
    /// Evaluating the modules.
    pub(crate) loaded: f64,
}

impl Manifest {
    /// Returns each mounted component with its code, and so with its schema.
    pub(crate) fn mounted(&self) -> impl Iterator<Item = (ComponentPath, &Definition)> {
        self.components.iter().filter_map(|component| {
            let definition = self.definitions.get(component.definition)?;
            Some((ComponentPath::new(&component.path), definition))
        })
    }
}

/// The code of one component, which may be mounted at several places.
#[derive(Debug, Deserialize)]
pub(crate) struct Definition {
    pub(crate) dir: PathBuf,
    /// The folder relative to the app's: empty for the app, `betterAuth`, `../node_modules/…`.
    pub(crate) path: String,
    /// The content of `convex.config.ts`, `AppDefinition.export()`; optional for an app.
    pub(crate) config: Option<Json>,
    pub(crate) modules: BTreeMap<String, Module>,
    /// `SchemaDefinition.export()`.
    pub(crate) schema: Option<Json>,
    /// Path (a prefix ends in `*`) and method of each HTTP route.
    pub(crate) routes: Vec<(String, String)>,
    /// `Crons.export()`: identifier to entry.
    pub(crate) crons: Option<BTreeMap<String, CronEntry>>,
}

impl Definition {
    /// Returns the schema with the validators of `.staged()` in place of the enforced ones, if a table has any.
    pub(crate) fn staged_schema(&self) -> Option<Json> {
        let tables = self.schema.as_ref()?.get("tables")?.as_array()?;
        let staged = tables.iter().filter_map(|table| {
            let validator = table.get("stagedDocumentType")?;
            let validator = validator.is_object().then_some(validator)?;
            // The indexes are those of the enforced schema.
            Some(json!({ "tableName": table.get("tableName")?, "documentType": validator }))
        });
        let staged: Vec<_> = staged.collect();
        let schema = || json!({ "tables": staged, "schemaValidation": true });
        (!staged.is_empty()).then(schema)
    }

    /// Creates the error of a refused schema, which names its file.
    pub(crate) fn refuse_schema(&self, error: &SchemaError) -> LoadError {
        let file = self.dir.join("schema.ts");
        LoadError::new(format!("{}: {error}", file.display()))
    }
}

/// One module with its registered functions.
#[derive(Debug, Deserialize)]
pub(crate) struct Module {
    pub(crate) functions: BTreeMap<String, FunctionMeta>,
}

/// One entry of `crons.ts`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct CronEntry {
    /// The function's path.
    pub(crate) name: String,
    /// One argument object.
    pub(crate) args: Vec<Json>,
    pub(crate) schedule: Json,
}

/// One registered function.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct FunctionMeta {
    pub(crate) kind: Kind,
    pub(crate) public: bool,
    /// Validator of the arguments, if declared.
    pub(crate) args: Option<Json>,
    /// Validator of the result, if declared.
    pub(crate) returns: Option<Json>,
}

/// One mounted component.
#[derive(Debug, Deserialize)]
pub(crate) struct Component {
    pub(crate) path: String,
    pub(crate) definition: usize,
    /// The path of each child by name.
    pub(crate) children: BTreeMap<String, String>,
    /// The child's name by HTTP prefix.
    pub(crate) mounts: BTreeMap<String, String>,
}

/// The kinds of functions that have a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// Reads one snapshot.
    Query,
    /// Reads and writes in one transaction.
    Mutation,
    /// May do anything; calls queries and mutations.
    Action,
}

impl Kind {
    /// Returns the kind's name in the wire protocol.
    pub(crate) fn wire(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Action => "action",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Query => "Query",
            Self::Mutation => "Mutation",
            Self::Action => "Action",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staged_validators_form_a_schema_of_their_own() {
        let definition = |tables: Json| {
            let definition = json!({
                "dir": "convex", "path": "", "config": null, "modules": {}, "routes": [],
                "crons": null, "schema": { "tables": tables, "schemaValidation": true },
            });
            serde_json::from_value::<Definition>(definition).expect("a definition")
        };
        let plain = json!({ "tableName": "a", "indexes": [], "documentType": { "type": "any" } });
        assert_eq!(definition(json!([plain])).staged_schema(), None);
        let staged = json!({
            "tableName": "b", "documentType": { "type": "any" },
            "stagedDocumentType": { "type": "object", "value": {} },
        });
        let schema = definition(json!([plain, staged]))
            .staged_schema()
            .expect("one");
        let table = json!({ "tableName": "b", "documentType": { "type": "object", "value": {} } });
        assert_eq!(schema["tables"], json!([table]));
    }
}
