//! The check of who may open sockets for live queries on this origin.

use axum::{
    extract::{Request, State},
    http::{StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos_better_auth::server::ConvexBetterAuth;

use crate::{backend::tell_client, loopback};

/// Accepts pages of this site and programs that are not browsers, and tells the backend the client's address.
///
/// A browser always sends `Origin`. Without one, `Host` must be a name of this site, unless a trusted proxy sent the
/// request: a proxy may use any name.
pub(crate) async fn check(
    State(auth): State<ConvexBetterAuth>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    if !may_open(&auth, &parts) {
        let origin = parts.headers.get(header::ORIGIN);
        tracing::warn!(?origin, "refused a socket of another site");
        let why = "Only pages of this site may open this socket. The site's address is SITE_URL.\n";
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    if let Some(address) = auth.client_address(&parts) {
        tell_client(&mut parts.extensions, address);
    }
    next.run(Request::from_parts(parts, body)).await
}

fn may_open(auth: &ConvexBetterAuth, parts: &Parts) -> bool {
    if let Some(origin) = parts.headers.get(header::ORIGIN) {
        return origin
            .to_str()
            .is_ok_and(|origin| auth.is_own_origin(origin));
    }
    let Some(host) = parts.headers.get(header::HOST) else {
        return false;
    };
    let name = host.to_str().unwrap_or_default();
    auth.is_own_host(host) || auth.comes_from_proxy(parts) || loopback::is_address_or_here(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{extract::ConnectInfo, http};
    use leptos_better_auth::server::AuthConfig;
    use std::net::SocketAddr;

    fn opens(peer: &str, headers: &[(&str, &str)]) -> bool {
        let config = AuthConfig::default()
            .with_convex_url("http://127.0.0.1:1")
            .with_convex_site_url("http://127.0.0.1:2")
            .with_site_url("https://app.example.com")
            .with_trusted_origins(["https://admin.example.com"])
            .with_trusted_proxies(["10.0.0.0/8"]);
        let auth = ConvexBetterAuth::new(config).expect("a configuration");
        let mut request = http::Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let peer: SocketAddr = peer.parse().expect("an address");
        let request = request.extension(ConnectInfo(peer)).body(());
        may_open(&auth, &request.expect("a request").into_parts().0)
    }

    #[test]
    fn only_pages_of_this_site_open_sockets() {
        let own = ("host", "app.example.com");
        for origin in ["https://app.example.com", "https://admin.example.com"] {
            // A proxy may use its own name.
            for host in [own, ("host", "app:3000")] {
                assert!(
                    opens("203.0.113.9:1", &[host, ("origin", origin)]),
                    "{origin}"
                );
            }
        }
        for origin in [
            "https://evil.example",
            "http://app.example.com",
            "https://app.example.com.evil.example",
            "http://localhost:3000",
            "null",
            "",
        ] {
            assert!(
                !opens("127.0.0.1:1", &[own, ("origin", origin)]),
                "{origin}"
            );
        }
    }

    #[test]
    fn programs_open_sockets_under_names_of_this_site() {
        for host in [
            "app.example.com",
            "localhost:3000",
            "127.0.0.1:3000",
            "192.168.1.7:3000",
            "[::1]:3000",
        ] {
            assert!(opens("203.0.113.9:1", &[("host", host)]), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io"] {
            assert!(!opens("127.0.0.1:1", &[("host", host)]), "{host}");
        }
        assert!(!opens("127.0.0.1:1", &[]));
        assert!(opens("10.0.0.1:1", &[("host", "app:3000")]));
    }
}
