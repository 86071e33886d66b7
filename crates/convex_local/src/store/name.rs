//! Names of tables, indexes and indexed fields, after `crates/convex/sync_types/src/identifier.rs`
//! of `get-convex/convex-backend`.

/// Longest name.
const MAX_LENGTH: usize = 64;

/// Whether a name is made of letters, digits and underscores, does not start with a digit and is
/// not of underscores alone.
pub(crate) fn is_identifier(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.len() <= MAX_LENGTH
        && name.chars().all(word)
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.contains(|c: char| c != '_')
}
