//! Names: from JavaScript's to Rust's.

/// Words that cannot name a field or function as they are.
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "dyn", "else", "enum", "extern", "false",
    "fn", "for", "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub",
    "ref", "return", "static", "struct", "trait", "true", "type", "unsafe", "use", "where",
    "while", "abstract", "become", "box", "do", "final", "macro", "override", "priv", "try",
    "typeof", "unsized", "virtual", "yield",
];

/// Words of an identifier: `_creationTime` → creation, time; `HTMLBody` → html, body.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let chars: Vec<char> = name.chars().collect();
    let mut open = false;
    for (i, &c) in chars.iter().enumerate() {
        if !c.is_alphanumeric() {
            open = false;
            continue;
        }
        let after_lower = i > 0 && !chars[i - 1].is_uppercase();
        let before_lower = chars.get(i + 1).is_some_and(|next| next.is_lowercase());
        if !open || (c.is_uppercase() && (after_lower || before_lower)) {
            words.push(String::new());
        }
        open = true;
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words
}

/// `creationTime` → `creation_time`, without regard to keywords.
pub(super) fn snake(name: &str) -> String {
    let snake = words(name).join("_");
    match snake.chars().next() {
        None => "unnamed".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("n{snake}"),
        Some(_) => snake,
    }
}

/// A name usable for a field, function or module.
pub(super) fn identifier(name: &str) -> String {
    let snake = snake(name);
    if ["self", "super", "crate"].contains(&snake.as_str()) {
        return format!("{snake}_");
    }
    if KEYWORDS.contains(&snake.as_str()) {
        format!("r#{snake}")
    } else {
        snake
    }
}

/// `clear-done` → `ClearDone`.
pub(super) fn pascal(name: &str) -> String {
    let joined: String = words(name).iter().map(|word| capitalised(word)).collect();
    match joined.chars().next() {
        None => "Empty".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("N{joined}"),
        Some(_) if joined == "Self" => "SelfValue".to_owned(),
        Some(_) => joined,
    }
}

/// What serde's `rename_all = "camelCase"` makes of a field's name.
pub(super) fn camel(snake: &str) -> String {
    let mut parts = snake.strip_prefix("r#").unwrap_or(snake).split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    first + &parts.map(capitalised).collect::<String>()
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    first + chars.as_str()
}

/// `todos` → `todo`, `categories` → `category`; a name that is no plural stays.
pub(super) fn singular(name: &str) -> String {
    let stem = |cut: usize| name[..name.len() - cut].to_owned();
    if name.ends_with("ies") && name.len() > 4 {
        return stem(3) + "y";
    }
    if ["sses", "xes", "ches", "shes"]
        .iter()
        .any(|end| name.ends_with(end))
    {
        return stem(2);
    }
    if name.ends_with('s') && !["ss", "us", "is"].iter().any(|end| name.ends_with(end)) {
        return stem(1);
    }
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{camel, identifier, pascal, singular, snake};

    #[test]
    fn turns_names_into_rust() {
        assert_eq!(snake("getCurrentUser"), "get_current_user");
        assert_eq!(snake("_creationTime"), "creation_time");
        assert_eq!(snake("HTMLBody2Text"), "html_body2_text");
        assert_eq!(identifier("type"), "r#type");
        assert_eq!(identifier("self"), "self_");
        assert_eq!(pascal("in-progress"), "InProgress");
        assert_eq!(pascal("2fa"), "N2fa");
        assert_eq!(camel("email_verified"), "emailVerified");
        assert_eq!(camel("r#type"), "type");
    }

    #[test]
    fn finds_the_singular() {
        let cases = [
            ("todos", "todo"),
            ("categories", "category"),
            ("boxes", "box"),
            ("status", "status"),
            ("user", "user"),
            ("addresses", "address"),
            ("messages", "message"),
        ];
        for (plural, expected) in cases {
            assert_eq!(singular(plural), expected);
        }
    }
}
