//! Function paths and the key of a query.

use std::{cmp::Ordering, sync::Arc};

use crate::{index::hash, value::Value};

/// Returns the canonical form of a function path: without `.js` after the module, and with `default` where no
/// function is named (`udf_path_utils.ts` of npm `convex`).
pub(crate) fn canonical_path(path: &str) -> String {
    let (module, function) = path.rsplit_once(':').unwrap_or((path, "default"));
    [module.strip_suffix(".js").unwrap_or(module), ":", function].concat()
}

/// A function and its encoded arguments. Queries with equal keys share one subscription.
///
/// Keys are ordered by their hashes: a page may look up a thousand keys for one message, and their texts share long
/// prefixes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct QueryKey {
    hash: u64,
    text: Arc<str>,
}

impl Ord for QueryKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_hash = self.hash.cmp(&other.hash);
        if by_hash.is_eq() && !Arc::ptr_eq(&self.text, &other.text) {
            return self.text.cmp(&other.text);
        }
        by_hash
    }
}

impl PartialOrd for QueryKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl QueryKey {
    pub(crate) fn new(path: &str, args: &Value) -> Self {
        let text = [&canonical_path(path), "\n", &args.to_json_string()].concat();
        Self {
            hash: hash(text.as_str()),
            text: text.into(),
        }
    }

    /// Returns the canonical path.
    pub(crate) fn path(&self) -> &str {
        self.text
            .split_once('\n')
            .map_or(&self.text, |(path, _)| path)
    }

    /// Returns the arguments as encoded JSON text.
    pub(crate) fn args_json(&self) -> &str {
        self.text.split_once('\n').map_or("{}", |(_, args)| args)
    }
}
