//! The socket that a page opens while its module is on its way.

/// The version in the socket's path. It is all a browser can tell Convex about itself, and Convex takes
/// any version there for one of npm `convex`: this is the one whose protocol this crate speaks, large
/// transitions in chunks (from 1.28 on) included.
pub(super) const PROTOCOL_VERSION: &str = "1.48.0";

/// The property of `window` that the socket waits in.
#[cfg_attr(
    not(feature = "browser"),
    allow(dead_code, reason = "taken in the browser")
)]
pub(super) const PROPERTY: &str = "convexEarlySocket";

/// Returns a script that opens the socket of the deployment at `url`, which is what the [`ConvexClient`] of the same
/// URL is given; `""` stands for the page's origin. The client takes that socket instead of opening one.
///
/// A page that loads its module by a script of its own runs this one before: on a slow line the connection stands
/// when the module arrives. It is one statement, fit for a `<script>`.
///
/// ```
/// let script = leptos_convex::early_socket_script("https://happy-animal-123.convex.cloud");
/// assert!(script.starts_with("try{"));
/// ```
///
/// [`ConvexClient`]: crate::ConvexClient
#[must_use]
pub fn early_socket_script(url: &str) -> String {
    // A text of JSON is one of JavaScript, and without `<` it ends no script element.
    let base = serde_json::Value::from(url.trim_end_matches('/')).to_string();
    let base = base.replace('<', "\\u003c");
    format!(
        r#"try{{window.{PROPERTY}=new WebSocket(({base}||location.origin).replace(/^http/,"ws")+"/api/{PROTOCOL_VERSION}/sync")}}catch{{}}"#
    )
}

#[cfg(test)]
mod tests {
    use super::early_socket_script;

    #[test]
    fn a_url_cannot_leave_the_script() {
        let script = early_socket_script("https://a\"</script><b>/");
        assert!(!script.contains('<'), "{script}");
        assert!(
            script.contains(r#"("https://a\"\u003c/script>\u003cb>"||"#),
            "{script}"
        );
    }
}
