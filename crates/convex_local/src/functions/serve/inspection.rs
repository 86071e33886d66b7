//! The inspection of a folder for a CLI that pushes it. It changes nothing.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::functions::error::LoadError;
use crate::functions::folder::{Catalog, Definition, Manifest, analysis};
use crate::store::{SchemaError, Store};

/// A folder that loads.
#[derive(Debug)]
pub(crate) struct Inspection {
    manifest: Manifest,
    misfit: Option<Misfit>,
}

/// A stored document that the folder's schema does not allow, as reported to the CLI.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Misfit {
    error: String,
    component_path: String,
    table_name: String,
}

impl Inspection {
    /// Checks everything that is checked before a folder serves.
    pub(super) fn new(store: &Store, manifest: Manifest) -> Result<Self, LoadError> {
        let manifest = Catalog::new(manifest)?.manifest;
        let mut misfit = None;
        for (component, definition) in manifest.mounted() {
            let fits = store.check_schema(&component, definition.schema.as_ref());
            match fits {
                Ok(()) => {}
                Err(SchemaError::DocumentMismatch { table, id, reason }) => {
                    misfit.get_or_insert(Misfit {
                        error: format!(
                            "Document with ID \"{id}\" in table \"{table}\" does not match the \
                             schema: {reason}"
                        ),
                        component_path: component.as_str().to_owned(),
                        table_name: table,
                    });
                }
                Err(error) => return Err(definition.refuse_schema(&error)),
            }
        }
        Ok(Self { manifest, misfit })
    }

    /// Returns the app's folder.
    pub(crate) fn folder(&self) -> &Path {
        let app = self.manifest.definitions.first();
        app.map_or(Path::new("convex"), |app| &app.dir)
    }

    /// Returns the modules of the component in the folder `path`, relative to the app's.
    pub(crate) fn modules(&self, path: &str) -> Option<impl Iterator<Item = String>> {
        let definition = self.definitions().find(|it| it.path == path)?;
        Some(definition.modules.keys().map(|name| format!("{name}.js")))
    }

    /// Returns the folders of all components, and the app's.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.definitions()
            .map(|definition| definition.path.as_str())
    }

    fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.manifest.definitions.iter()
    }

    /// Returns the stored document that prevents the folder from serving, if there is one.
    pub(crate) fn misfit(&self) -> Option<&Misfit> {
        self.misfit.as_ref()
    }

    /// Returns the content of each component: `analysis` of a push.
    pub(crate) fn analysis(&self, convex_version: &str) -> Json {
        analysis::definitions(&self.manifest, convex_version)
    }

    /// Returns the component tree: `app` of a push.
    pub(crate) fn app(&self) -> Json {
        analysis::app(&self.manifest)
    }
}
