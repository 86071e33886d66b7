//! Tables of a module's functions.

use std::collections::HashMap;

use leptos_convex_tasks::ui::grouped;

use super::{Function, Module, crate_of, without_types};
use crate::table::{percent, table};

/// Rows with less than this share of the module are summed up.
const SMALL: f64 = 0.004;

/// Sums bytes up by the crate that contains the code, with data and the rest of the module.
#[must_use]
pub fn by_crate(module: &Module) -> String {
    let mut rows = summed(&module.functions, |function| crate_of(&function.symbol));
    rows.push(("(data)".to_owned(), module.data, 0));
    rows.push(("(imports, exports, tables)".to_owned(), module.rest, 0));
    shares("crate that has the code", rows, module)
}

/// Sums bytes of functions up by the first of these crates that their full names mention, types included, because the
/// code is compiled for that crate. A function that mentions none counts for the crate that contains it.
#[must_use]
pub fn by_user(module: &Module, users: &[String]) -> String {
    let rows = summed(&module.functions, |function| {
        let named = users.iter().find(|user| mentions(&function.name, user));
        named.cloned().unwrap_or_else(|| crate_of(&function.symbol))
    });
    shares("crate it is made for", rows, module)
}

/// Lists the largest functions. The copies of a function for different types are summed up.
#[must_use]
pub fn by_function(module: &Module, most: usize) -> String {
    let mut rows = summed(&module.functions, |function| without_types(&function.name));
    rows.truncate(most);
    let cells = rows.into_iter().map(|(name, bytes, copies)| {
        let share = percent(bytes, module.sent.len());
        vec![grouped(bytes), share, grouped(copies), name]
    });
    let head = ["raw", "", "copies", "function"]
        .map(str::to_owned)
        .to_vec();
    table(&std::iter::once(head).chain(cells).collect::<Vec<_>>())
}

/// Returns name, bytes and number of functions for each name, the largest first.
fn summed(
    functions: &[Function],
    name: impl Fn(&Function) -> String,
) -> Vec<(String, usize, usize)> {
    let mut sums: HashMap<String, (usize, usize)> = HashMap::new();
    for function in functions {
        let (bytes, copies) = sums.entry(name(function)).or_default();
        *bytes += function.bytes;
        *copies += 1;
    }
    let mut rows: Vec<_> = sums
        .into_iter()
        .map(|(name, (bytes, copies))| (name, bytes, copies))
        .collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    rows
}

fn shares(what: &str, mut rows: Vec<(String, usize, usize)>, module: &Module) -> String {
    let whole = module.sent.len();
    rows.sort_by_key(|(_, bytes, _)| std::cmp::Reverse(*bytes));
    let is_small = |bytes: usize| (bytes as f64) < whole as f64 * SMALL;
    let small = rows.iter().filter(|(_, bytes, _)| is_small(*bytes));
    let (others, sum) = small.fold((0, 0), |(count, sum), (_, bytes, _)| {
        (count + 1, sum + bytes)
    });
    rows.retain(|(_, bytes, _)| !is_small(*bytes));
    if others > 0 {
        rows.push((format!("({others} more)"), sum, 0));
    }
    let head = ["raw", "", what].map(str::to_owned).to_vec();
    let cells = rows
        .into_iter()
        .map(|(name, bytes, _)| vec![grouped(bytes), percent(bytes, whole), name]);
    table(&std::iter::once(head).chain(cells).collect::<Vec<_>>())
}

/// Returns whether a readable name has a path that begins with that crate.
fn mentions(name: &str, user: &str) -> bool {
    name.match_indices(user).any(|(at, _)| {
        let is_start =
            !name[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':'));
        is_start && name[at + user.len()..].starts_with("::")
    })
}
