//! Names, converted from JavaScript to Rust.

use std::collections::BTreeSet;

use unicode_ident::{is_xid_continue, is_xid_start};

/// Names of types that have another meaning in generated code: those of the prelude and of imports.
const TAKEN_TYPES: &[&str] = &[
    "Action",
    "AsMut",
    "AsRef",
    "AsyncFn",
    "AsyncFnMut",
    "AsyncFnOnce",
    "BTreeMap",
    "Box",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "Deserialize",
    "DoubleEndedIterator",
    "Drop",
    "Eq",
    "Err",
    "ExactSizeIterator",
    "Extend",
    "Fn",
    "FnMut",
    "FnOnce",
    "From",
    "FromIterator",
    "Future",
    "Hash",
    "Id",
    "Into",
    "IntoFuture",
    "IntoIterator",
    "Iterator",
    "Mutation",
    "None",
    "Ok",
    "Option",
    "Ord",
    "PaginationOptions",
    "PaginationResult",
    "PartialEq",
    "PartialOrd",
    "Query",
    "Result",
    "Send",
    "Serialize",
    "Sized",
    "Some",
    "String",
    "Sync",
    "ToOwned",
    "ToString",
    "TryFrom",
    "TryInto",
    "Unpin",
    "Value",
    "Vec",
];

/// Names of modules that would hide a type, or the module of the tables.
const TAKEN_MODULES: &[&str] = &[
    "bool", "char", "f32", "f64", "i128", "i16", "i32", "i64", "i8", "isize", "str", "tables",
    "u128", "u16", "u32", "u64", "u8", "usize",
];

/// Words that cannot be the name of a field or function unchanged.
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "dyn", "else", "enum", "extern", "false",
    "fn", "for", "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub",
    "ref", "return", "static", "struct", "trait", "true", "type", "unsafe", "use", "where",
    "while", "abstract", "become", "box", "do", "final", "macro", "override", "priv", "try",
    "typeof", "unsized", "virtual", "yield",
];

/// Splits an identifier into words: `_creationTime` → creation, time; `HTMLBody` → html, body.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let chars: Vec<char> = name.chars().collect();
    let mut open = false;
    for (i, &c) in chars.iter().enumerate() {
        if !(c.is_alphanumeric() && is_xid_continue(c)) {
            open = false;
            continue;
        }
        let after_lower = i > 0 && !chars[i - 1].is_uppercase();
        let before_lower = chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        if !open || (c.is_uppercase() && (after_lower || before_lower)) {
            words.push(String::new());
        }
        open = true;
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words
}

/// Converts `creationTime` to `creation_time`, without regard to keywords.
pub(crate) fn snake(name: &str) -> String {
    let snake = words(name).join("_");
    match snake.chars().next() {
        None => "unnamed".to_owned(),
        Some(first) if !is_xid_start(first) => format!("n{snake}"),
        Some(_) => snake,
    }
}

/// Returns a name usable for a field, function or module.
pub(crate) fn identifier(name: &str) -> String {
    let snake = snake(name);
    if ["self", "super", "crate"].contains(&snake.as_str()) {
        return format!("{snake}_");
    }
    if KEYWORDS.contains(&snake.as_str()) {
        format!("r#{snake}")
    } else {
        snake
    }
}

/// Returns a name usable for a module that contains others and types.
pub(crate) fn module(name: &str) -> String {
    let name = identifier(name);
    if TAKEN_MODULES.contains(&name.as_str()) {
        name + "_"
    } else {
        name
    }
}

/// Returns whether a type cannot have this name.
pub(crate) fn is_taken(name: &str) -> bool {
    TAKEN_TYPES.contains(&name)
}

/// Returns the name, with a number at the end if it is already used.
pub(crate) fn unused(used: &mut BTreeSet<String>, name: &str) -> String {
    let mut free = name.to_owned();
    let mut number = 2;
    while !used.insert(free.clone()) {
        // `r#type` and `type2`, not `r#type2`.
        free = format!("{}{number}", name.strip_prefix("r#").unwrap_or(name));
        number += 1;
    }
    free
}

/// Converts `clear-done` to `ClearDone`.
pub(crate) fn pascal(name: &str) -> String {
    let joined: String = words(name).iter().map(|word| capitalised(word)).collect();
    match joined.chars().next() {
        None => "Empty".to_owned(),
        Some(first) if !is_xid_start(first) => format!("N{joined}"),
        Some(_) if joined == "Self" => "SelfValue".to_owned(),
        Some(_) => joined,
    }
}

/// Returns a field's name as converted by serde's `rename_all = "camelCase"`.
pub(crate) fn camel(snake: &str) -> String {
    let mut parts = snake.strip_prefix("r#").unwrap_or(snake).split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.map(capitalised).collect::<String>()
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    first + chars.as_str()
}

/// Converts `todos` to `todo`, `categories` to `category`; a name that is no plural stays.
pub(crate) fn singular(name: &str) -> String {
    let stem = |cut: usize| name[..name.len() - cut].to_owned();
    if name.ends_with("ies") && name.len() > 4 {
        return stem(3) + "y";
    }
    if ["sses", "xes", "ches", "shes"]
        .iter()
        .any(|end| name.ends_with(end))
    {
        return stem(2);
    }
    if name.ends_with('s') && !["ss", "us", "is"].iter().any(|end| name.ends_with(end)) {
        return stem(1);
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{camel, identifier, module, pascal, singular, snake, unused};

    #[test]
    fn turns_names_into_rust() {
        assert_eq!(snake("getCurrentUser"), "get_current_user");
        assert_eq!(snake("_creationTime"), "creation_time");
        assert_eq!(snake("HTMLBody2Text"), "html_body2_text");
        assert_eq!(identifier("type"), "r#type");
        assert_eq!(identifier("self"), "self_");
        assert_eq!(identifier("$"), "unnamed");
        assert_eq!(module("f64"), "f64_");
        assert_eq!(module("tables"), "tables_");
        assert_eq!(pascal("½ price"), "Price");
        assert_eq!(pascal("草稿"), "草稿");
        assert_eq!(pascal("😀"), "Empty");
        assert_eq!(pascal("in-progress"), "InProgress");
        assert_eq!(pascal("2fa"), "N2fa");
        assert_eq!(camel("email_verified"), "emailVerified");
        assert_eq!(camel("r#type"), "type");
    }

    #[test]
    fn numbers_names_that_are_used() {
        let mut used = BTreeSet::new();
        let names = ["r#type", "r#type", "a", "a2", "a"].map(|name| unused(&mut used, name));
        assert_eq!(names, ["r#type", "type2", "a", "a2", "a3"]);
    }

    #[test]
    fn finds_the_singular() {
        let cases = [
            ("todos", "todo"),
            ("categories", "category"),
            ("boxes", "box"),
            ("status", "status"),
            ("user", "user"),
            ("addresses", "address"),
            ("messages", "message"),
        ];
        for (plural, expected) in cases {
            assert_eq!(singular(plural), expected);
        }
    }
}
