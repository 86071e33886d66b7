//! Names of tables, indexes and indexed fields, after `crates/convex/sync_types/src/identifier.rs`
//! of `get-convex/convex-backend`.

use super::error::DbError;

/// The longest name, in characters.
const MAX_LENGTH: usize = 64;

/// Returns whether a name has at most 64 letters, digits and underscores, does not start with a digit and does not
/// consist of underscores alone.
pub(crate) fn is_identifier(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    name.len() <= MAX_LENGTH
        && name.chars().all(word)
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.contains(|c: char| c != '_')
}

/// Returns whether this is the name of a system table.
pub(crate) fn is_system(name: &str) -> bool {
    name.starts_with('_')
}

/// Checks the name of a table.
///
/// # Errors
/// When the name is not allowed.
pub(crate) fn check_table_name(name: &str) -> Result<(), DbError> {
    if !is_identifier(name) {
        return Err(DbError::new(format!(
            "Invalid table name: \"{name}\". Identifiers must start with a letter and can only \
             contain letters, digits, and underscores."
        )));
    }
    if is_system(name) {
        return Err(DbError::new(format!("{name} is a reserved table name.")));
    }
    Ok(())
}
