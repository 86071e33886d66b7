//! The socket that a page opens while its module is on its way.

/// The version in the socket's path. It is all a browser can tell Convex about itself, and Convex takes
/// any version there for one of npm `convex`: this is the one whose protocol this crate speaks, large
/// transitions in chunks (from 1.28 on) included.
pub(super) const PROTOCOL_VERSION: &str = "1.48.0";

/// The property of `window` that the script leaves the socket in, with what was said on it:
/// `{ socket, messages, session, token }`, the last two once it has greeted.
#[cfg_attr(
    not(feature = "browser"),
    allow(dead_code, reason = "taken in the browser")
)]
pub(super) const PROPERTY: &str = "convexEarlySocket";

/// Returns a script that opens the socket of the deployment at `url`, which is what the [`ConvexClient`] of the same
/// URL is given; `""` stands for the page's origin. The client takes that socket instead of opening one.
///
/// `token` is an expression of JavaScript whose value is the visitor's token, the one the client begins with
/// ([`InitialAuth::Token`]), or nothing. With a token the script also says who the visitor is: `Connect` and
/// `Authenticate` of the sync protocol. The client goes on from there. Browsers offer what makes up the session's id
/// on pages by HTTPS or of this machine; elsewhere the client says both.
///
/// A page that loads its module by a script of its own runs this one before: on a slow line the connection stands
/// when the module arrives. It is one statement, fit for a `<script>` if `token` is.
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
    // A text of JSON is one of JavaScript, and without `<` it ends no script element.
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
    fn a_url_cannot_leave_the_script() {
        let script = early_socket_script("https://a\"</script><b>/", "null");
        assert!(!script.contains('<'), "{script}");
        assert!(
            script.contains(r#"("https://a\"\u003c/script>\u003cb>"||"#),
            "{script}"
        );
    }
}
