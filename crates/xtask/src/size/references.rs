//! The files of the site that a page loads: those that its HTML names, and the modules that its JavaScript imports.

use std::collections::BTreeSet;

/// The kinds of files that count, by extension.
const KINDS: [&str; 3] = [".css", ".js", ".wasm"];

/// Finds the files of the site that a page names, in attributes and in scripts.
pub(crate) fn files_of_page(html: &str) -> BTreeSet<String> {
    quoted(html)
        .filter_map(|(_, text)| file(text))
        .map(str::to_owned)
        .collect()
}

/// Finds the files that the JavaScript module at this path imports, statically or dynamically.
pub(super) fn files_of_module(path: &str, source: &str) -> BTreeSet<String> {
    quoted(source)
        .filter(|(before, _)| is_import(before))
        .filter_map(|(_, text)| Some(file(&resolved(path, text)?)?.to_owned()))
        .collect()
}

/// Lists the texts in quotes, each with the code before it. Quotes may contain quotes of the other kind, so a text
/// begins at every quote.
fn quoted(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices(['"', '\'', '`']).map(|(at, quote)| {
        let inside = &text[at + 1..];
        let end = inside.find(quote).unwrap_or(inside.len());
        (&text[..at], &inside[..end])
    })
}

/// Returns the path of a file that counts, `None` for pages of this site and other addresses.
fn file(text: &str) -> Option<&str> {
    let path = text.split(['?', '#']).next()?;
    let is_path = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '\\'));
    (is_path && KINDS.iter().any(|kind| path.ends_with(kind))).then_some(path)
}

/// Returns whether the following text is the module of an `import`.
fn is_import(before: &str) -> bool {
    let before = before.trim_end();
    let before = before.strip_suffix('(').unwrap_or(before).trim_end();
    let is_word = |word: &str| {
        before.strip_suffix(word).is_some_and(|rest| {
            !rest.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$' | '.'))
        })
    };
    is_word("from") || is_word("import")
}

/// Resolves a module specifier in the module at `base`; `None` for a bare name.
fn resolved(base: &str, specifier: &str) -> Option<String> {
    if specifier.starts_with('/') {
        return Some(specifier.to_owned());
    }
    if !specifier.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = base.split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            "." => {}
            // The root has no parent.
            ".." if parts.len() > 1 => {
                parts.pop();
            }
            ".." => {}
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_page(html: &str) -> Vec<String> {
        files_of_page(html).into_iter().collect()
    }

    #[test]
    fn a_page_loads_what_its_head_and_its_scripts_name() {
        let html = r#"<head><link rel="icon" href="/favicon.svg"><link rel="stylesheet" href="/pkg/a.1.css">
            <link rel="modulepreload" href="/pkg/a.2.js"><script type="module" nonce="x">import("/pkg/a.2.js")
            .then(m=>m.default({module_or_path:"/pkg/a.3.wasm"}))</script><script src='/b.js?v=1'></script></head>"#;
        let files = ["/b.js", "/pkg/a.1.css", "/pkg/a.2.js", "/pkg/a.3.wasm"];
        assert_eq!(of_page(html), files);
    }

    #[test]
    fn links_texts_and_other_sites_are_no_files() {
        let html = r#"<a href="/sign-in">It's "/ not a.js"</a><a href="/docs/size">'</a>
            <script src="//other.example/a.js"></script><script src="https://other.example/b.js"></script>"#;
        assert!(of_page(html).is_empty(), "{:?}", of_page(html));
    }

    #[test]
    fn an_apostrophe_in_the_text_hides_nothing() {
        assert_eq!(of_page(r#"<p>Don't</p><link href="/a.css">"#), ["/a.css"]);
    }

    #[test]
    fn a_module_loads_what_it_imports() {
        let source = r#"import{x}from"./snippets/a/inline0.js";import './b.js';import * as c from '../c.js';
            const d=await import("/d.js");import"bare";let url=new URL("a_bg.wasm",import.meta.url),f=Array.from("/e.js");"#;
        let files: Vec<_> = files_of_module("/pkg/a.js", source).into_iter().collect();
        assert_eq!(
            files,
            ["/c.js", "/d.js", "/pkg/b.js", "/pkg/snippets/a/inline0.js"]
        );
        assert_eq!(resolved("/a.js", "../../b.js").as_deref(), Some("/b.js"));
    }
}
