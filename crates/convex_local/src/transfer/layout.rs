//! The names of the entries of a snapshot.

use super::error::TransferError;
use crate::store::ComponentPath;

/// The table that lists tables and their numbers.
pub(super) const TABLES: &str = "_tables";
/// The table of stored files, and the folder with their contents.
pub(super) const STORAGE: &str = "_storage";
const COMPONENTS: &str = "_components";
pub(super) const DOCUMENTS: &str = "documents.jsonl";
pub(super) const GENERATED_SCHEMA: &str = "generated_schema.jsonl";

/// The content of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// The documents of a table.
    Documents(ComponentPath, String),
    /// The encoding of a table's values.
    Schema(ComponentPath, String),
    /// The content of the stored file with this id.
    File(ComponentPath, String),
}

/// Returns the folder of a component: empty for the app.
pub(super) fn folder(component: &ComponentPath) -> String {
    let names = component
        .as_str()
        .split('/')
        .filter(|name| !name.is_empty());
    names.map(|name| format!("{COMPONENTS}/{name}/")).collect()
}

/// Returns the content of the entry of this name, below the component `base`; `None` for irrelevant entries, such as
/// a README. Folders around the whole snapshot make no difference.
///
/// # Errors
/// When a component has no usable name.
pub(super) fn parse(name: &str, base: &ComponentPath) -> Result<Option<Entry>, TransferError> {
    let parts: Vec<&str> = name.split('/').collect();
    let [around @ .., table, file] = parts.as_slice() else {
        return Ok(None);
    };
    let table = (*table).to_owned();
    let component = || component(name, around, base);
    Ok(match *file {
        "" => None,
        DOCUMENTS | GENERATED_SCHEMA if table.is_empty() => None,
        DOCUMENTS => Some(Entry::Documents(component()?, table)),
        GENERATED_SCHEMA => Some(Entry::Schema(component()?, table)),
        // The id is the name without its extension, which is there only for people.
        _ if table == STORAGE => match file.split('.').next().unwrap_or_default() {
            "" => None,
            id => Some(Entry::File(component()?, id.to_owned())),
        },
        _ => None,
    })
}

fn component(
    entry: &str,
    mut around: &[&str],
    base: &ComponentPath,
) -> Result<ComponentPath, TransferError> {
    let mut names = Vec::new();
    while let [outer @ .., COMPONENTS, name] = around {
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(word) {
            let reason = format!("component name '{name}' invalid");
            return Err(TransferError::entry(entry, reason));
        }
        names.push(*name);
        around = outer;
    }
    if !base.as_str().is_empty() {
        names.push(base.as_str());
    }
    names.reverse();
    Ok(ComponentPath::new(&names.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(name: &str) -> Option<Entry> {
        parse(name, &ComponentPath::root()).expect("usable")
    }

    #[test]
    fn entries_are_found_wherever_the_snapshot_is_in_the_archive() {
        let inner = ComponentPath::new("a/b");
        let table = || "todos".to_owned();
        assert_eq!(
            at("todos/documents.jsonl"),
            Some(Entry::Documents(ComponentPath::root(), table()))
        );
        assert_eq!(
            at("snapshot_1/_components/a/_components/b/todos/generated_schema.jsonl"),
            Some(Entry::Schema(inner.clone(), table()))
        );
        assert_eq!(
            at("_components/a/_components/b/_storage/kg2.tar.gz"),
            Some(Entry::File(inner.clone(), "kg2".into()))
        );
        assert_eq!(folder(&inner), "_components/a/_components/b/");
        for other in [
            "README.md",
            "todos/",
            "a/b.txt",
            "/documents.jsonl",
            "_storage/.DS_Store",
        ] {
            assert_eq!(at(other), None, "{other}");
        }
    }

    #[test]
    fn a_component_can_be_the_target() {
        let base = ComponentPath::new("a");
        assert_eq!(
            parse("_components/b/t/documents.jsonl", &base).expect("usable"),
            Some(Entry::Documents(ComponentPath::new("a/b"), "t".into()))
        );
        assert!(parse("_components/../t/documents.jsonl", &base).is_err());
    }
}
