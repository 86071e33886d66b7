//! Function paths and what identifies a query.

use std::sync::Arc;

use crate::value::Value;

/// The one spelling of a function path: `.js` cut from the module, `default` where no function is named
/// (`udf_path_utils.ts` of npm `convex`).
pub(crate) fn canonical_path(path: &str) -> String {
    let (module, function) = path.rsplit_once(':').unwrap_or((path, "default"));
    [module.strip_suffix(".js").unwrap_or(module), ":", function].concat()
}

/// A function and its encoded arguments. Queries with equal keys share one subscription.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct QueryKey(Arc<str>);

impl QueryKey {
    pub(crate) fn new(path: &str, args: &Value) -> Self {
        Self(
            [&canonical_path(path), "\n", &args.to_json_string()]
                .concat()
                .into(),
        )
    }

    /// The canonical path.
    pub(crate) fn path(&self) -> &str {
        self.0.split_once('\n').map_or(&self.0, |(path, _)| path)
    }

    /// The arguments as encoded JSON text.
    pub(crate) fn args_json(&self) -> &str {
        self.0.split_once('\n').map_or("{}", |(_, args)| args)
    }
}
