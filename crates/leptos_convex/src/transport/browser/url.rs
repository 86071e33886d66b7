//! The address of the sync protocol.

use crate::transport::early::PROTOCOL_VERSION;

/// Returns the WebSocket URL of the deployment at `base`, or `None` if there is none. `""` is this page's origin.
pub(super) fn sync_endpoint(base: &str) -> Option<String> {
    if base.is_empty() {
        return endpoint(&web_sys::window()?.location().origin().ok()?);
    }
    endpoint(base)
}

fn endpoint(base: &str) -> Option<String> {
    let (scheme, rest) = base.trim_end_matches('/').split_once("://")?;
    let scheme = match scheme {
        "http" | "ws" => "ws",
        "https" | "wss" => "wss",
        _ => return None,
    };
    Some([scheme, "://", rest, "/api/", PROTOCOL_VERSION, "/sync"].concat())
}

#[cfg(test)]
mod tests {
    use super::endpoint;

    #[test]
    fn http_becomes_ws_and_https_becomes_wss() {
        assert_eq!(
            endpoint("http://127.0.0.1:3210/").as_deref(),
            Some("ws://127.0.0.1:3210/api/1.48.0/sync")
        );
        assert_eq!(
            endpoint("https://happy-animal-123.convex.cloud").as_deref(),
            Some("wss://happy-animal-123.convex.cloud/api/1.48.0/sync")
        );
        assert_eq!(endpoint("ftp://a"), None);
        assert_eq!(endpoint("localhost:3210"), None);
    }
}
