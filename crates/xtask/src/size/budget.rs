//! The budget: how many bytes a page may load, from `[workspace.metadata.budget]` of `Cargo.toml`.

use std::collections::BTreeMap;

use anyhow::Result;
use leptos_convex_tasks::ui::grouped;
use leptos_convex_tasks::workspace::Workspace;
use serde::Deserialize;

use super::page::{Kind, Page};
use crate::metadata::metadata;

/// Its table below `[workspace.metadata]`.
const NAME: &str = "budget";

/// The maximum bytes as sent (brotli) by kind of file, and the pages to measure.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Budget {
    wasm: usize,
    js: usize,
    css: usize,
    /// Every page, with its own limits if it has some.
    pub(super) pages: BTreeMap<String, Limits>,
}

/// The limits of one page, where they differ from the usual ones.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    wasm: Option<usize>,
    js: Option<usize>,
    css: Option<usize>,
}

impl Budget {
    /// Reads it from `Cargo.toml`.
    ///
    /// # Errors
    /// When there is none, or it has unexpected entries.
    pub(super) fn of(workspace: &Workspace) -> Result<Self> {
        metadata(workspace, NAME)
    }

    /// Returns the limit for pages without their own.
    pub(super) fn usual(&self, kind: Kind) -> usize {
        match kind {
            Kind::Wasm => self.wasm,
            Kind::Js => self.js,
            Kind::Css => self.css,
        }
    }

    fn limit(&self, path: &str, kind: Kind) -> usize {
        let own = self.pages.get(path).and_then(|own| match kind {
            Kind::Wasm => own.wasm,
            Kind::Js => own.js,
            Kind::Css => own.css,
        });
        own.unwrap_or_else(|| self.usual(kind))
    }

    /// Describes each kind of file of which pages load too much.
    pub(super) fn excesses(&self, pages: &[Page]) -> Vec<String> {
        // Pages that load the same files are reported together.
        let mut over: BTreeMap<(Kind, usize, usize, String), Vec<&str>> = BTreeMap::new();
        for page in pages {
            for kind in Kind::ALL {
                let (bytes, limit) = (page.brotli(kind), self.limit(&page.path, kind));
                if bytes > limit {
                    let files = page.files_of(kind).join(", ");
                    let same = over.entry((kind, bytes, limit, files)).or_default();
                    if !same.contains(&page.path.as_str()) {
                        same.push(&page.path);
                    }
                }
            }
        }
        over.iter()
            .map(|((kind, bytes, limit, files), pages)| {
                format!(
                    "{files}: {} bytes of {} as brotli, {} over the budget of {} ({}). {}",
                    grouped(*bytes),
                    kind.name(),
                    grouped(bytes - limit),
                    grouped(*limit),
                    pages.join(", "),
                    kind.advice(),
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::page::{File, Visitor};
    use super::*;
    use crate::metadata::in_metadata;

    const METADATA: &str = r#"{"packages": [], "metadata": {"leptos": [], "budget": {"wasm": 1000, "js": 100,
        "css": 50, "pages": {"/": {}, "/settings": {"wasm": 0, "js": 0}}}}}"#;

    fn budget() -> Budget {
        in_metadata(METADATA, NAME).expect("a budget")
    }

    fn page(path: &str, files: &[(&str, Kind, usize)]) -> Page {
        let files = files.iter().map(|(name, kind, brotli)| File {
            path: (*name).to_owned(),
            kind: *kind,
            raw: brotli * 3,
            brotli: *brotli,
        });
        Page {
            path: path.to_owned(),
            visitor: Visitor::SignedOut,
            to: None,
            html: 1,
            files: files.collect(),
        }
    }

    #[test]
    fn pages_as_large_as_the_budget_pass() {
        let budget = budget();
        let files = [
            ("/a.wasm", Kind::Wasm, 1000),
            ("/a.js", Kind::Js, 100),
            ("/a.css", Kind::Css, 50),
        ];
        assert!(budget.excesses(&[page("/", &files)]).is_empty());
    }

    #[test]
    fn an_excess_is_reported_with_its_pages_and_advice() {
        let budget = budget();
        let files = [("/a.wasm", Kind::Wasm, 1001)];
        let pages = [page("/", &files), page("/b", &files), page("/", &files)];
        let said = budget.excesses(&pages);
        assert_eq!(said.len(), 1, "{said:?}");
        let start = "/a.wasm: 1,001 bytes of wasm as brotli, 1 over the budget of 1,000 (/, /b). ";
        assert!(said[0].starts_with(start), "{said:?}");
        assert!(said[0].contains("cargo xtask size --parts"), "{said:?}");
    }

    #[test]
    fn files_of_one_kind_are_summed_up() {
        let budget = budget();
        let files = [("/a.js", Kind::Js, 60), ("/b.js", Kind::Js, 60)];
        let said = budget.excesses(&[page("/", &files)]);
        assert!(
            said[0].starts_with("/a.js, /b.js: 120 bytes of js as brotli, 20 over"),
            "{said:?}"
        );
    }

    #[test]
    fn a_page_may_have_a_limit_of_its_own() {
        let budget = budget();
        let said = budget.excesses(&[page("/settings", &[("/a.wasm", Kind::Wasm, 5)])]);
        assert!(
            said[0].contains("5 over the budget of 0 (/settings)"),
            "{said:?}"
        );
    }

    #[test]
    fn an_incomplete_or_misspelled_budget_is_an_error() {
        for broken in [
            r#"{"metadata": {}}"#,
            r#"{"metadata": {"budget": {"wasm": 1, "js": 1, "pages": {}}}}"#,
            r#"{"metadata": {"budget": {"wasm": 1, "js": 1, "css": 1, "pages": {"/": {"wsam": 1}}}}}"#,
            r#"{"metadata": {"budget": {"wasm": -1, "js": 1, "css": 1, "pages": {}}}}"#,
        ] {
            assert!(in_metadata::<Budget>(broken, NAME).is_err(), "{broken}");
        }
    }

    #[test]
    fn every_page_of_this_app_is_measured() {
        let workspace = Workspace::find().expect("this repository");
        let budget = Budget::of(&workspace).expect("its budget");
        let routes = routes_below(&workspace.path("app/src"));
        assert!(routes.len() > 3, "{routes:?}");
        for route in routes {
            // Pages for development are not measured.
            let is_measured = budget.pages.contains_key(&route) || route.starts_with("/dev/");
            assert!(
                is_measured,
                "[workspace.metadata.budget.pages] of Cargo.toml lacks {route}"
            );
        }
    }

    /// Lists the paths in `path!("…")` without parameters.
    fn routes_below(dir: &Path) -> Vec<String> {
        let mut routes = Vec::new();
        for entry in fs::read_dir(dir).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                routes.extend(routes_below(&path));
                continue;
            }
            let text = fs::read_to_string(&path).unwrap_or_default();
            let found = text.split("path!(\"").skip(1);
            routes.extend(found.filter_map(|rest| rest.split('"').next().map(str::to_owned)));
        }
        routes.retain(|route| route.starts_with('/') && !route.contains([':', '*']));
        routes
    }
}
