//! Writing HTML by hand, for one page.

/// `text` as it may stand in an element or a quoted attribute.
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

/// A table with one head row; the cells are escaped here.
pub(super) fn table(caption: &str, heads: &[&str], rows: &[Vec<String>]) -> String {
    let caption = escape(caption);
    if rows.is_empty() {
        return format!("<section><h2>{caption}</h2><p>None yet.</p></section>");
    }
    let cells = |tag: &str, cells: &mut dyn Iterator<Item = &str>| -> String {
        cells
            .map(|cell| format!("<{tag}>{}</{tag}>", escape(cell)))
            .collect()
    };
    let head = cells("th", &mut heads.iter().copied());
    let body: String = rows
        .iter()
        .map(|row| {
            format!(
                "<tr>{}</tr>",
                cells("td", &mut row.iter().map(String::as_str))
            )
        })
        .collect();
    format!(
        "<section><h2>{caption}</h2><table><thead><tr>{head}</tr></thead>\
         <tbody>{body}</tbody></table></section>"
    )
}
