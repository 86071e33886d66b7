//! Rows and columns for the terminal.

/// Formats a share in per cent, ` 4.2 %`.
#[must_use]
pub fn percent(part: usize, whole: usize) -> String {
    format!("{:>4.1} %", part as f64 * 100.0 / whole.max(1) as f64)
}

/// Aligns rows in columns: the last one, which has the longest text, to the left, the others to the right.
#[must_use]
pub fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            if column + 1 == columns {
                line.push_str(&format!("  {cell}"));
            } else {
                line.push_str(&format!("  {cell:>width$}", width = widths[column]));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{percent, table};

    #[test]
    fn numbers_are_aligned_to_the_right() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        let rows = [row(&["raw", "", "crate"]), row(&["12,345", "9 %", "core"])];
        assert_eq!(table(&rows), "     raw       crate\n  12,345  9 %  core\n");
        assert_eq!(percent(1, 3), "33.3 %");
        assert_eq!(percent(0, 0), " 0.0 %");
    }
}
