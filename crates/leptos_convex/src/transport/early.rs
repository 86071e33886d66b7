//! The socket that a page opens while its WebAssembly module loads.

/// The version in the socket's path. In a browser the path is the only place to tell Convex a version, and Convex
/// takes it for a version of npm `convex`. This is the version whose protocol this crate speaks, including large
/// transitions in chunks (from 1.28 on).
pub(super) const PROTOCOL_VERSION: &str = "1.48.0";

/// The property of `window` in which the script leaves the socket and its messages:
/// `{ socket, messages, session, token }`. The last two are set once the script has greeted.
#[cfg_attr(
    not(feature = "browser"),
    allow(dead_code, reason = "taken in the browser")
)]
pub(super) const PROPERTY: &str = "convexEarlySocket";

/// Returns a script that opens the socket of the deployment at `url`. Pass the URL that the [`ConvexClient`] is
/// given; `""` stands for the page's origin. The client takes over that socket instead of opening one.
///
/// `token` is a JavaScript expression. Its value is the visitor's token that the client begins with
/// ([`InitialAuth::Token`]), or nothing. With a token the script also sends the greeting: `Connect` and
/// `Authenticate` of the sync protocol. The client continues from there. The session's id needs an API that browsers
/// offer only on HTTPS pages and on this machine; elsewhere the client sends the greeting.
///
/// A page that loads its module with a script of its own runs this script first: on a slow line the connection is
/// then open when the module arrives. The script is one statement, fit for a `<script>` if `token` is.
///
/// ```
/// let script = leptos_convex::early_socket_script("https://happy-animal-123.convex.cloud", "null");
/// assert!(script.starts_with("try{"));
/// ```
///
/// [`ConvexClient`]: crate::ConvexClient
/// [`InitialAuth::Token`]: crate::InitialAuth::Token
#[must_use]
pub fn early_socket_script(url: &str, token: &str) -> String {
    // JSON text is also JavaScript text, and without `<` it cannot end a script element.
    let base = serde_json::Value::from(url.trim_end_matches('/')).to_string();
    let base = base.replace('<', "\\u003c");
    [
        "try{const socket=new WebSocket((",
        &base,
        r#"||location.origin).replace(/^http/,"ws")+"/api/"#,
        PROTOCOL_VERSION,
        r#"/sync"),early=window."#,
        PROPERTY,
        "={socket,messages:[]};",
        "socket.onmessage=({data})=>early.messages.push(data);",
        "const token=",
        token,
        ";if(token&&crypto.randomUUID)socket.onopen=()=>{",
        "const session=crypto.randomUUID(),say=(message)=>socket.send(JSON.stringify(message));",
        r#"say({type:"Connect",sessionId:session,connectionCount:0,lastCloseReason:"InitialConnect",clientTs:Date.now()});"#,
        r#"say({type:"Authenticate",baseVersion:0,tokenType:"User",value:token});"#,
        "Object.assign(early,{session,token})}",
        "}catch{}",
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::early_socket_script;

    #[test]
    fn a_url_cannot_end_the_script() {
        let script = early_socket_script("https://a\"</script><b>/", "null");
        assert!(!script.contains('<'), "{script}");
        assert!(
            script.contains(r#"("https://a\"\u003c/script>\u003cb>"||"#),
            "{script}"
        );
    }
}
