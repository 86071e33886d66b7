//! Numbers with their units, for people.

/// Writes bytes as kilobytes with one digit.
pub(crate) fn kilobytes(bytes: usize) -> String {
    format!("{:.1} kB", bytes as f64 / 1000.0)
}
