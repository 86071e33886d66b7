//! The rule that imports form no circle. A module and its children may import each other.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::{self, Import};
use super::source::Source;

/// A module, as the names from the crate's root.
type Module = Vec<String>;

/// The imports of each module.
type Graph = BTreeMap<Module, BTreeSet<Module>>;

/// Finds the circles in the crate whose sources are in this folder. Modules of tests are left out.
pub(super) fn broken(folder: &str, sources: &[Source]) -> Vec<String> {
    let circles = circles(&graph(folder, sources));
    let names = circles.iter().map(|circle| {
        let names: Vec<String> = circle.iter().map(|module| module.join("/")).collect();
        names.join(", ")
    });
    names
        .map(|names| {
            format!(
                "{folder}: {names} import each other in a circle; move what they share into a module below them"
            )
        })
        .collect()
}

fn graph(folder: &str, sources: &[Source]) -> Graph {
    let mut files: BTreeMap<Module, Vec<Import>> = BTreeMap::new();
    for source in sources.iter().filter(|source| source.is_in(folder)) {
        let name = &source.name[folder.len() + 1..];
        if !name.ends_with("tests.rs") && !name.contains("tests/") {
            files.insert(module_of(name), imports::of(&source.code));
        }
    }
    let mut graph = Graph::new();
    for (module, imports) in &files {
        let imported = imports
            .iter()
            .filter_map(|import| absolute(&import.path, module, &files))
            .map(|path| home(&path, &files, 0))
            .filter(|other| !other.starts_with(module) && !module.starts_with(other));
        graph.insert(module.clone(), imported.collect());
    }
    graph
}

/// Returns the module of a file: `a/mod.rs` and `a.rs` are `a`.
fn module_of(file: &str) -> Module {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    let mut names: Module = path.split('/').map(str::to_owned).collect();
    if names
        .last()
        .is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str()))
    {
        names.pop();
    }
    names
}

/// Returns a path from the crate's root; `None` for paths of other crates.
fn absolute(
    path: &[String],
    at: &Module,
    files: &BTreeMap<Module, Vec<Import>>,
) -> Option<Vec<String>> {
    let (first, rest) = path.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([at, rest].concat()),
        "super" => {
            let above = path.iter().take_while(|name| *name == "super").count();
            let kept = at.len().checked_sub(above)?;
            Some([&at[..kept], &path[above..]].concat())
        }
        child => {
            let child = [at.as_slice(), &[child.to_owned()]].concat();
            files.contains_key(&child).then(|| [at, path].concat())
        }
    }
}

/// Returns the module that defines the name at the end of a path, following re-exports.
fn home(path: &[String], files: &BTreeMap<Module, Vec<Import>>, depth: usize) -> Module {
    let known = (0..=path.len())
        .rev()
        .find(|end| files.contains_key(&path[..*end]));
    let (module, rest) = path.split_at(known.unwrap_or_default());
    let module = module.to_vec();
    let passed_on = rest.first().and_then(|name| {
        let imports = files.get(&module)?;
        let import = imports.iter().find(|it| it.exported && it.alias == *name)?;
        absolute(&import.path, &module, files)
    });
    match passed_on {
        // A name that leads back to itself has no definition.
        Some(target) if depth < 8 => home(&[&target, &rest[1..]].concat(), files, depth + 1),
        _ => module,
    }
}

/// Finds groups of modules in which each can be reached from every other.
fn circles(graph: &Graph) -> Vec<Vec<Module>> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> = graph
        .keys()
        .map(|module| (module, reachable(graph, module)))
        .collect();
    let mut circles: BTreeSet<Vec<Module>> = BTreeSet::new();
    for (module, others) in &reached {
        let circle = others
            .iter()
            .filter(|other| reached[**other].contains(module));
        let circle: Vec<Module> = circle.map(|other| (*other).clone()).collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

fn reachable<'a>(graph: &'a Graph, from: &Module) -> BTreeSet<&'a Module> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Module> = graph[from].iter().collect();
    while let Some(next) = open.pop() {
        if let Some((next, imported)) = graph.get_key_value(next)
            && found.insert(next)
        {
            open.extend(imported);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Source, broken};

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        let sources = files
            .iter()
            .map(|(name, code)| Source::new(format!("a/src/{name}"), *code));
        broken("a/src", &sources.collect::<Vec<_>>())
    }

    #[test]
    fn a_circle_is_named() {
        let files = [
            ("lib.rs", "mod x; mod y; mod z;\n"),
            ("x.rs", "use crate::y::Y;\n"),
            ("y.rs", "pub struct Y(super::z::Z);\n"),
            ("z.rs", "use crate::{other::A, x::{X, W}};\n"),
        ];
        assert_eq!(
            found(&files),
            [
                "a/src: x, y, z import each other in a circle; move what they share into a module below them"
            ]
        );
        assert!(found(&files[..3]).is_empty());
    }

    #[test]
    fn a_circle_through_reexported_names_is_found() {
        let files = [
            (
                "ui/mod.rs",
                "mod top;\nmod low;\npub use top::Top;\npub use low::Low;\n",
            ),
            ("ui/top.rs", "use crate::user::Menu;\n"),
            ("ui/low.rs", ""),
            ("user.rs", "use crate::ui::Top;\n"),
        ];
        assert_eq!(found(&files).len(), 1);
        let mut other = files;
        other[3].1 = "use crate::ui::Low;\n";
        assert!(found(&other).is_empty());
    }

    #[test]
    fn parents_children_and_tests_may_import_each_other() {
        let files = [
            ("a/mod.rs", "use self::b::B;\nuse b::C;\n"),
            (
                "a/b.rs",
                "use super::A;\n#[cfg(test)]\nmod tests {\n    use crate::d::D;\n}\n",
            ),
            ("d.rs", "use crate::a::b::B;\n"),
        ];
        assert!(found(&files).is_empty());
    }
}
