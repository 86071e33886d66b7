//! Who may open the development mailbox.

use std::net::SocketAddr;

use app::request::DevMailbox;
use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, header, request::Parts, uri::Authority},
};
use leptos::prelude::{provide_context, use_context};

use crate::backend::{Backend, is_loopback_name};

/// Headers by which a proxy tells of somebody behind it.
const FORWARDED: [&str; 4] = ["forwarded", "via", "x-forwarded-for", "x-forwarded-host"];

/// The mailbox, for requests that come from this machine and name it.
#[derive(Clone, Debug)]
pub(crate) struct Mailbox(DevMailbox);

impl Mailbox {
    pub(crate) fn of(backend: &Backend, site_url: &str) -> Option<Self> {
        backend.dev_mailbox(site_url).map(Self)
    }

    /// Puts it into the context of the request being answered, if that one may see it.
    pub(crate) fn provide(&self) {
        if use_context::<Parts>().is_some_and(|parts| is_from_here(&parts)) {
            provide_context(self.0.clone());
        }
    }
}

/// The sender's address keeps other machines out, the host name other sites that resolve to this machine
/// (DNS rebinding), and a proxy's headers whoever is behind one.
fn is_from_here(parts: &Parts) -> bool {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    let is_here = peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
    let is_forwarded = FORWARDED
        .iter()
        .any(|name| parts.headers.contains_key(*name));
    is_here && !is_forwarded && names_this_machine(&parts.headers)
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok()?.parse::<Authority>().ok())
        .is_some_and(|host| is_loopback_name(host.host()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn parts(peer: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder();
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let peer: SocketAddr = peer.parse().expect("an address");
        let request = request.extension(ConnectInfo(peer)).body(());
        request.expect("a request").into_parts().0
    }

    #[test]
    fn only_this_machine_reads_the_mails() {
        let here = "127.0.0.1:5000";
        for host in [
            "localhost:3000",
            "127.0.0.1:3000",
            "[::1]:3000",
            "localhost",
        ] {
            assert!(is_from_here(&parts(here, &[("host", host)])), "{host}");
        }
        assert!(is_from_here(&parts(
            "[::ffff:127.0.0.1]:1",
            &[("host", "localhost")]
        )));
        let local = ("host", "localhost:3000");
        let refused = [
            ("192.168.1.7:5000", vec![local]),
            (here, vec![]),
            (here, vec![("host", "evil.example:3000")]),
            (here, vec![("host", "localhost.evil.example")]),
            (here, vec![local, ("x-forwarded-for", "203.0.113.9")]),
            (here, vec![local, ("forwarded", "for=203.0.113.9")]),
        ];
        for (peer, headers) in refused {
            assert!(!is_from_here(&parts(peer, &headers)), "{peer} {headers:?}");
        }
    }
}
