//! Numbers with their units, for people.

/// Formats bytes as kilobytes with one decimal.
pub(crate) fn kilobytes(bytes: usize) -> String {
    format!("{:.1} kB", bytes as f64 / 1000.0)
}
