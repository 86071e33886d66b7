//! Lines for the person in front of the terminal. Colour only where it is wanted (`anstream` looks at
//! the terminal, `NO_COLOR` and `CLICOLOR`).

use std::time::Duration;

use anstream::{eprintln, println};
use anstyle::{AnsiColor, Style};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const CAUTION: Style = AnsiColor::Yellow.on_default();
pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();

/// Text in a style.
pub(crate) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A step begins.
pub(crate) fn begin(text: &str) {
    println!("{} {}", paint(STRONG, "»"), paint(STRONG, text));
}

/// Something worth knowing.
pub(crate) fn note(text: &str) {
    println!("  {text}");
}

/// The exact command about to run.
pub(crate) fn command(line: &str) {
    println!("  {}", paint(FAINT, &format!("$ {line}")));
}

/// A step ended well.
pub(crate) fn done(text: &str, took: Duration) {
    println!(
        "  {} {text} {}",
        paint(GOOD, "✓"),
        paint(FAINT, &format!("({})", human(took)))
    );
}

/// Something is not as it should be, and work goes on.
pub(crate) fn caution(text: &str) {
    eprintln!("{} {text}", paint(CAUTION, "!"));
}

/// Something went wrong.
pub(crate) fn failure(text: &str) {
    eprintln!("{} {text}", paint(BAD, "✗"));
}

/// `0.4 s`, `12 s`, `3 min 05 s`.
pub(crate) fn human(took: Duration) -> String {
    let seconds = took.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", took.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// Rows in columns, each as wide as its widest cell. The last column is not padded.
pub(crate) fn table(rows: &[Vec<String>]) {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|c| {
            rows.iter()
                .filter_map(|row| row.get(c))
                .map(|cell| visible(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    for row in rows {
        let mut line = String::from("  ");
        for (c, cell) in row.iter().enumerate() {
            line.push_str(cell);
            if c + 1 < row.len() {
                line.push_str(&" ".repeat(widths[c] - visible(cell) + 2));
            }
        }
        println!("{line}");
    }
}

/// Characters a cell takes on the screen: colour codes take none.
fn visible(cell: &str) -> usize {
    anstream::adapter::strip_str(cell)
        .to_string()
        .chars()
        .count()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{GOOD, human, paint, visible};

    #[test]
    fn times_read_well() {
        assert_eq!(human(Duration::from_millis(420)), "0.4 s");
        assert_eq!(human(Duration::from_secs(12)), "12 s");
        assert_eq!(human(Duration::from_secs(185)), "3 min 05 s");
    }

    #[test]
    fn colour_takes_no_room() {
        assert_eq!(visible(&paint(GOOD, "ok ✓")), 4);
    }
}
