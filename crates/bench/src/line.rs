//! A row of figures as a line of text.

use crate::load::Row;
use crate::units::kilobytes;

/// Returns the text for whether a target is met.
pub(crate) const fn verdict(good: bool) -> &'static str {
    if good { "met" } else { "missed" }
}

/// Returns a row as text.
pub(crate) fn line(row: &Row) -> String {
    let who = if row.signed_in {
        "signed in"
    } else {
        "signed out"
    };
    let failures = if row.failures > 0 {
        format!("   {} FAILED", row.failures)
    } else {
        String::new()
    };
    format!(
        "{:<11} {who:<10} {:>3} conn {:>7.0} req/s   p50 {:>7.2} ms   p99 {:>7.2} ms   {}{failures}",
        row.path,
        row.connections,
        row.per_second,
        row.p50_ms,
        row.p99_ms,
        kilobytes(row.bytes),
    )
}
