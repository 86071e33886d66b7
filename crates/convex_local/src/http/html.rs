//! The HTML of the status page, written by hand.

use std::time::SystemTime;

use chrono::{DateTime, SecondsFormat, Utc};

/// Escapes `text` for an element or a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

/// The content of a table cell. It is escaped here.
#[derive(Debug)]
pub(super) enum Cell {
    Text(String),
    /// Aligned to the right.
    Number(String),
    /// A moment: the time of day, and how long ago that is.
    Moment {
        at: SystemTime,
        now: SystemTime,
    },
    /// An error.
    Bad(String),
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn number(number: usize) -> Self {
        Self::Number(number.to_string())
    }

    fn html(&self, is_first: bool) -> String {
        match self {
            Self::Text(text) if is_first => format!("<th scope=\"row\">{}</th>", escape(text)),
            Self::Text(text) => format!("<td>{}</td>", escape(text)),
            Self::Number(text) => format!("<td class=\"number\">{}</td>", escape(text)),
            Self::Bad(text) => format!("<td class=\"bad\">{}</td>", escape(text)),
            Self::Moment { at, now } => {
                let ago = now.duration_since(*at).unwrap_or_default();
                let at = DateTime::<Utc>::from(*at);
                format!(
                    "<td><time datetime=\"{}\">{} UTC</time>, {} ago</td>",
                    at.to_rfc3339_opts(SecondsFormat::Millis, true),
                    at.format("%H:%M:%S"),
                    span(ago.as_secs()),
                )
            }
        }
    }
}

/// Formats a span of time: `8 s`, `3 min`, `2 h`.
fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    }
}

/// Returns a table under a heading; the first cell of a row is its header. A table that is too wide scrolls on
/// its own, also with the keyboard.
pub(super) fn table(name: &str, heads: &[&str], rows: &[Vec<Cell>]) -> String {
    let id = name.to_lowercase().replace(' ', "-");
    let (name, id) = (escape(name), escape(&id));
    let heading = format!("<h2 id=\"{id}\">{name}</h2>");
    if rows.is_empty() {
        return format!("<section>{heading}<p>None yet.</p></section>");
    }
    let heads = heads.iter().enumerate().map(|(index, head)| {
        let head = escape(head);
        // A heading is aligned as the cells below it.
        let class = match rows.first().and_then(|cells| cells.get(index)) {
            Some(Cell::Number(_)) => " class=\"number\"",
            _ => "",
        };
        format!("<th scope=\"col\"{class}>{head}</th>")
    });
    let heads: String = heads.collect();
    let row = |cells: &Vec<Cell>| {
        let cells = cells.iter().enumerate();
        let cells: String = cells.map(|(index, cell)| cell.html(index == 0)).collect();
        format!("<tr>{cells}</tr>")
    };
    let body: String = rows.iter().map(row).collect();
    format!(
        "<section>{heading}<div class=\"wide\" role=\"region\" tabindex=\"0\" \
         aria-labelledby=\"{id}\"><table><thead><tr>{heads}</tr></thead>\
         <tbody>{body}</tbody></table></div></section>"
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn nothing_in_a_table_is_markup() {
        let rows = vec![vec![
            Cell::text("<img src=x onerror=alert(1)>"),
            Cell::Bad("\"'&".into()),
        ]];
        let html = table("A <b>", &["<i>"], &rows);
        for tag in ["<img", "<b>", "<i>", "\"'&"] {
            assert!(!html.contains(tag), "{html}");
        }
    }

    #[test]
    fn moments_are_readable_for_people_and_programs() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(90);
        let cell = Cell::Moment {
            at,
            now: at + Duration::from_secs(200),
        };
        assert_eq!(
            cell.html(false),
            "<td><time datetime=\"1970-01-01T00:01:30.000Z\">00:01:30 UTC</time>, 3 min ago</td>"
        );
    }
}
