//! Output for the person at the terminal, with colours if they are wanted (`anstream` checks the terminal, `NO_COLOR`
//! and `CLICOLOR`).

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anstream::{eprintln, println};
use anstyle::{AnsiColor, Style};

/// Success.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Failure.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// A warning.
pub const CAUTION: Style = AnsiColor::Yellow.on_default();
/// The subject of a line.
pub const STRONG: Style = Style::new().bold();
/// Details.
pub const FAINT: Style = Style::new().dimmed();

/// Returns the text in a style.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Prints the title of a step.
pub fn begin(text: &str) {
    clear_status();
    println!("{} {}", paint(STRONG, "»"), paint(STRONG, text));
}

/// Prints a note.
pub fn note(text: &str) {
    clear_status();
    println!("  {text}");
}

/// Prints the command that is about to run.
pub fn command(line: &str) {
    clear_status();
    println!("  {}", paint(FAINT, &format!("$ {line}")));
}

/// Prints that a step succeeded.
pub fn done(text: &str, took: Duration) {
    clear_status();
    println!(
        "  {} {text} {}",
        paint(GOOD, "✓"),
        paint(FAINT, &format!("({})", human(took)))
    );
}

/// Whether the last line on the terminal is a status line.
static STATUS: AtomicBool = AtomicBool::new(false);

/// Replaces the status line on the terminal; an empty text removes it.
pub fn status(text: &str) {
    clear_status();
    if !text.is_empty() {
        // A line longer than the terminal is wide would wrap and could not be replaced.
        let text: String = text.chars().take(110).collect();
        anstream::print!("  {}", paint(FAINT, &text));
        let _ = std::io::stdout().flush();
        STATUS.store(true, Ordering::Relaxed);
    }
}

/// Removes the status line, so that another line can be printed.
fn clear_status() {
    if STATUS.swap(false, Ordering::Relaxed) {
        anstream::print!("\r\u{1b}[2K");
        let _ = std::io::stdout().flush();
    }
}

/// Prints a warning; work continues.
pub fn caution(text: &str) {
    clear_status();
    eprintln!("{} {text}", paint(CAUTION, "!"));
}

/// Prints an error.
pub fn failure(text: &str) {
    clear_status();
    eprintln!("{} {text}", paint(BAD, "✗"));
}

/// Formats a duration: `0.4 s`, `12 s`, `3 min 05 s`.
pub fn human(took: Duration) -> String {
    let seconds = took.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", took.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// Formats an estimate: `20 s`, `3 min`.
pub fn roughly(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..55 => format!("{} s", seconds.div_ceil(10).max(1) * 10),
        _ => format!("{} min", (seconds + 30) / 60),
    }
}

/// Returns a number with separators, `1,234,567`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Prints rows in columns, each as wide as its widest cell. The last column is not padded.
pub fn table(rows: &[Vec<String>]) {
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

/// Counts the characters of a cell on the screen, without colour codes.
fn visible(cell: &str) -> usize {
    anstream::adapter::strip_str(cell)
        .to_string()
        .chars()
        .count()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{GOOD, grouped, human, paint, roughly, visible};

    #[test]
    fn times_read_well() {
        assert_eq!(human(Duration::from_millis(420)), "0.4 s");
        assert_eq!(human(Duration::from_secs(12)), "12 s");
        assert_eq!(human(Duration::from_secs(185)), "3 min 05 s");
        assert_eq!(roughly(Duration::from_secs(12)), "20 s");
        assert_eq!(roughly(Duration::from_secs(185)), "3 min");
    }

    #[test]
    fn colour_takes_no_room() {
        assert_eq!(visible(&paint(GOOD, "ok ✓")), 4);
    }

    #[test]
    fn large_numbers_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
