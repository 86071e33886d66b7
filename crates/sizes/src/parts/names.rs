//! Names of functions: the crate that contains the code, and the name without types.
//!
//! A symbol in rustc's current scheme (`_R…`, "v0") names the crate that contains an `impl`. Its readable form does
//! not: `<Vec<T> as Render>::build` is code of the crate with the `impl`, not of `alloc`.

use rustc_demangle::try_demangle;

/// The name for code that is not from a Rust function: memory functions, and additions of wasm-bindgen.
const RUNTIME: &str = "(runtime)";

/// The maximum depth of a path; a deeper symbol is broken.
const DEPTH: usize = 1000;

/// Returns a symbol as readable text, without hashes.
pub(super) fn demangled(symbol: &str) -> String {
    try_demangle(symbol).map_or_else(|_| symbol.to_owned(), |name| format!("{name:#}"))
}

/// Finds the crate that contains a function. A generic one belongs to the crate of its path, whatever its types:
/// `core::option::Option<app::User>::map` is code of `core`.
///
/// ```
/// use sizes::parts::crate_of;
///
/// assert_eq!(crate_of("_RNvC3app4main"), "app");
/// assert_eq!(crate_of("memcpy"), "(runtime)");
/// ```
#[must_use]
pub fn crate_of(symbol: &str) -> String {
    let written = symbol
        .strip_prefix("_R")
        .and_then(|path| crate_at(path.as_bytes(), 0, 0));
    if let Some(name) = written {
        return name;
    }
    match try_demangle(symbol) {
        Ok(name) => crate_in(&format!("{name:#}")).unwrap_or(RUNTIME).to_owned(),
        Err(_) => RUNTIME.to_owned(),
    }
}

/// Returns the crate of the path that begins there. `None` for `<T as Trait>::method`, whose type would have to be
/// read.
fn crate_at(symbol: &[u8], at: usize, depth: usize) -> Option<String> {
    if depth > DEPTH {
        return None;
    }
    match symbol.get(at)? {
        b'C' => identifier(symbol, at + 1),
        // The path of an `impl`, for a type or a trait.
        b'M' | b'X' => crate_at(symbol, after_disambiguator(symbol, at + 1)?, depth + 1),
        // A name in a namespace (one letter) of a path.
        b'N' => crate_at(symbol, at + 2, depth + 1),
        // A path with generic arguments.
        b'I' => crate_at(symbol, at + 1, depth + 1),
        b'B' => {
            let (target, _) = base62(symbol, at + 1)?;
            (target < at).then(|| crate_at(symbol, target, depth + 1))?
        }
        _ => None,
    }
}

/// Skips `s…_`, if there is one.
fn after_disambiguator(symbol: &[u8], at: usize) -> Option<usize> {
    if symbol.get(at)? == &b's' {
        base62(symbol, at + 1).map(|(_, end)| end)
    } else {
        Some(at)
    }
}

/// Reads a number that ends in `_`, and returns it with the position after it.
fn base62(symbol: &[u8], at: usize) -> Option<(usize, usize)> {
    let length = symbol.get(at..)?.iter().position(|byte| *byte == b'_')?;
    let mut value: usize = 0;
    for byte in &symbol[at..at + length] {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'z' => byte - b'a' + 10,
            b'A'..=b'Z' => byte - b'A' + 36,
            _ => return None,
        };
        value = value.checked_mul(62)?.checked_add(usize::from(digit))?;
    }
    let value = if length == 0 {
        0
    } else {
        value.checked_add(1)?
    };
    Some((value, at + length + 1))
}

/// Reads a name, which is written as its length and its letters.
fn identifier(symbol: &[u8], at: usize) -> Option<String> {
    let at = after_disambiguator(symbol, at)?;
    let digits = symbol.get(at..)?;
    let digits = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let length: usize = std::str::from_utf8(&symbol[at..at + digits])
        .ok()?
        .parse()
        .ok()?;
    let mut start = at + digits;
    // A `_` separates the length from a name that begins with a digit or `_`.
    if symbol.get(start)? == &b'_' {
        start += 1;
    }
    let letters = symbol.get(start..start.checked_add(length)?)?;
    String::from_utf8(letters.to_vec()).ok()
}

/// Returns the crate in a readable name. For `<T as Trait>::method` it is the crate of the trait, which contains a
/// provided method. In the older scheme it may also be an `impl`, whose crate the name does not tell.
fn crate_in(name: &str) -> Option<&str> {
    let Some(inside) = name.strip_prefix('<') else {
        return first_segment(name);
    };
    match split_as(inside) {
        Some((_, of_trait)) => first_segment(of_trait),
        None => first_segment(inside),
    }
}

/// Splits `T as Trait>::…` in two, where `as` belongs to this type and not to one inside.
fn split_as(inside: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let mut before = ' ';
    for (at, letter) in inside.char_indices() {
        match letter {
            '<' | '(' | '[' => depth += 1,
            // Not the arrow of a function's type.
            '>' if before == '-' => {}
            '>' | ')' | ']' => depth = depth.checked_sub(1)?,
            ' ' if depth == 0 && inside[at..].starts_with(" as ") => {
                return Some((&inside[..at], &inside[at + " as ".len()..]));
            }
            _ => {}
        }
        before = letter;
    }
    None
}

/// Returns the first name of a path: `core` of `core::fmt::write` and of `&mut core::fmt::Formatter`.
fn first_segment(path: &str) -> Option<&str> {
    let path = path.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '_');
    let path = ["mut ", "const ", "dyn "]
        .iter()
        .fold(path, |path, word| path.strip_prefix(word).unwrap_or(path));
    let (name, _) = path.split_once("::")?;
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_name && !name.is_empty()).then_some(name)
}

/// Returns a readable name without generic arguments, so that all copies of one function have one name.
///
/// ```
/// use sizes::parts::without_types;
///
/// let copy = "<alloc::vec::Vec<u8> as core::clone::Clone>::clone::<app::User>";
/// assert_eq!(without_types(copy), "<alloc::vec::Vec as core::clone::Clone>::clone");
/// ```
#[must_use]
pub fn without_types(name: &str) -> String {
    let mut text = String::new();
    let mut depth = 0_usize;
    let mut before = ' ';
    for letter in name.chars() {
        match letter {
            // Arguments follow a name or `::`; a type in front of `as` begins a path.
            '<' if depth > 0 || before.is_alphanumeric() || matches!(before, '_' | ':') => {
                depth += 1;
                if depth == 1 && text.ends_with("::") {
                    text.truncate(text.len() - 2);
                }
            }
            '>' if depth > 0 && before != '-' => depth -= 1,
            letter if depth == 0 => text.push(letter),
            _ => {}
        }
        before = letter;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Symbols that rustc wrote, with their readable names and the crate that contains the code.
    const WRITTEN: &[(&str, &str, &str)] = &[
        ("_RNvCsli3NGoEiSOP_3app4page", "app::page", "app"),
        (
            "_RNCNCNvCsli3NGoEiSOP_3app4page00B5_",
            "app::page::{closure#0}::{closure#0}",
            "app",
        ),
        (
            "_RNvXs0_Csli3NGoEiSOP_3appNtB5_4UserNtNtCsgEmfK2I1SDS_4core5clone5Clone5cloneB5_",
            "<app::User as core::clone::Clone>::clone",
            "app",
        ),
        (
            "_RNvXs_Csli3NGoEiSOP_3appSNtB4_4UserNtB4_6Clone21c",
            "<[app::User] as app::Clone2>::c",
            "app",
        ),
        (
            "_RNvXCsbMpGDNbMhWy_5lib_aINtNtCslNYArtu3iFV_5alloc3vec3VecNtCsli3NGoEiSOP_3app4UserENtB2_6Render5buildBV_",
            "<alloc::vec::Vec<app::User> as lib_a::Render>::build",
            "lib_a",
        ),
        (
            "_RNvYNtCsli3NGoEiSOP_3app4ViewNtCsbMpGDNbMhWy_5lib_a6Render5twiceB4_",
            "<app::View as lib_a::Render>::twice",
            "lib_a",
        ),
        (
            "_RINvNtCsgEmfK2I1SDS_4core3ptr13drop_in_placeNtCsli3NGoEiSOP_3app4UserEBI_",
            "core::ptr::drop_in_place::<app::User>",
            "core",
        ),
        (
            "_RNvMNtCslNYArtu3iFV_5alloc5sliceSNtCsli3NGoEiSOP_3app4User6to_vecBx_",
            "<[app::User]>::to_vec",
            "alloc",
        ),
        (
            "_ZN4core3fmt5write17h0123456789abcdefE",
            "core::fmt::write",
            "core",
        ),
        (
            "_ZN60_$LT$alloc..string..String$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE",
            "<alloc::string::String as core::fmt::Display>::fmt",
            "core",
        ),
    ];

    #[test]
    fn the_crate_is_the_one_that_contains_the_code() {
        for (symbol, name, written_in) in WRITTEN {
            assert_eq!(demangled(symbol), *name);
            assert_eq!(crate_of(symbol), *written_in, "{name}");
        }
    }

    #[test]
    fn other_names_are_of_the_runtime() {
        for symbol in [
            "memcpy",
            "__wbindgen_malloc",
            "",
            "_R",
            "_RB_",
            "_RNvB_",
            "_RNvC9app",
        ] {
            assert_eq!(crate_of(symbol), RUNTIME, "{symbol}");
        }
    }

    #[test]
    fn copies_of_a_function_have_one_name() {
        let same = [
            (
                "tachys::view::tuples::build::<(app::A, fn(u8) -> app::B)>",
                "tachys::view::tuples::build",
            ),
            (
                "<core::option::Option<app::A>>::map::<app::B, app::c::{closure#0}>::{closure#1}",
                "<core::option::Option>::map::{closure#1}",
            ),
            (
                "core::ptr::drop_in_place::<alloc::vec::Vec<<app::A as core::B>::C>>",
                "core::ptr::drop_in_place",
            ),
        ];
        for (copy, name) in same {
            assert_eq!(without_types(copy), name);
        }
    }
}
