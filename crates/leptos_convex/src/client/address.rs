//! The check of a deployment's URL.

/// Returns what is wrong with `url`, if anything.
pub(super) fn check(url: &str) -> Result<(), String> {
    if url.is_empty() {
        return Ok(());
    }
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"))
        .map(|rest| rest.split('/').next().unwrap_or_default());
    match host {
        Some(host) if host.ends_with(".convex.site") => Err(format!(
            "`{url}` is where a deployment's HTTP actions are; its functions are at the URL that ends in \
             .convex.cloud (CONVEX_URL)"
        )),
        Some(host) if !host.is_empty() => Ok(()),
        _ => Err(format!(
            "`{url}` is not the URL of a deployment, which looks like https://happy-animal-123.convex.cloud"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn invalid_urls_and_urls_of_http_actions_are_refused() {
        for url in [
            "",
            "http://127.0.0.1:3210",
            "https://happy-animal-123.convex.cloud/",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
        for url in [
            "localhost:3210",
            "https://",
            "ws://127.0.0.1:3210",
            "happy-animal-123",
        ] {
            assert!(
                check(url).is_err_and(|why| why.contains("not the URL")),
                "{url}"
            );
        }
        let site = check("https://happy-animal-123.convex.site");
        assert!(site.is_err_and(|why| why.contains(".convex.cloud")));
    }
}
