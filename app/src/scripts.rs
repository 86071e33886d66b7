//! The inline scripts of pages, minified.

use std::sync::LazyLock;

/// The script of every page, with or without islands.
pub(crate) static SHELL: LazyLock<String> = LazyLock::new(|| sent(include_str!("shell.js")));

/// The script that starts the islands: a function of the addresses of the JavaScript and the WebAssembly.
pub(crate) static LIVE: LazyLock<String> = LazyLock::new(|| {
    let script = sent(include_str!("components/live.js"));
    script.trim_end_matches(";\n").to_owned()
});

/// Removes indentation and comment lines.
fn sent(source: &str) -> String {
    let lines = source.lines().map(str::trim);
    let code = lines.filter(|line| !line.is_empty() && !line.starts_with("//"));
    code.flat_map(|line| [line, "\n"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_sent_without_comments_and_with_every_line_of_code() {
        for source in [include_str!("shell.js"), include_str!("components/live.js")] {
            let sent = sent(source);
            assert!(!sent.contains("//") && !sent.contains("\n "), "{sent}");
            let code = |text: &str| text.split_whitespace().collect::<String>();
            let lines = source.lines().filter(|line| !line.trim().starts_with("//"));
            assert_eq!(code(&sent), code(&lines.collect::<Vec<_>>().join("\n")));
        }
    }
}
