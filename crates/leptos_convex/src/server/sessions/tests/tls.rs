//! Tests of a deployment behind TLS.

use std::sync::Arc;

use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::{
    LiveSessionOptions, LiveSessions, fake::Deployment, load, loaded, mine, soon, visitor,
};
use crate::server::{
    HttpClient,
    sessions::{Pool, socket::Target},
};

/// Starts a proxy that terminates TLS in front of a deployment. Returns its address and its certificate.
async fn terminator(deployment: &Deployment) -> (String, CertificateDer<'static>) {
    let names = vec!["localhost".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).expect("a certificate");
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("a key");
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(ring)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .expect("its key");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let behind = deployment.url.replace("http://", "");
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (acceptor, behind) = (acceptor.clone(), behind.clone());
            tokio::spawn(async move {
                // A client that does not trust the certificate disconnects here.
                let Ok(mut near) = acceptor.accept(socket).await else {
                    return;
                };
                let mut far = TcpStream::connect(behind).await.expect("is there");
                drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
            });
        }
    });
    (format!("https://localhost:{port}"), certificate)
}

#[tokio::test]
async fn sessions_over_tls_require_a_trusted_certificate() {
    let deployment = Deployment::start().await;
    let (url, certificate) = terminator(&deployment).await;
    let client = HttpClient::new(&url).expect("builds");

    let trusting = || {
        let mut roots = RootCertStore::empty();
        roots.add(certificate).expect("a certificate");
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(config)
    };
    let target = Target::with_tls(&url.parse().expect("a URL"), trusting).expect("usable");
    let options = LiveSessionOptions::default();
    let live = LiveSessions(Arc::new(Pool::of(target, client.clone(), options)));
    let page = loaded(&live, visitor(b"1", "ann#1")).await;
    assert_eq!(mine(&page, "a:mine").expect("known").who, "ann");

    // The system's certificates do not include this one.
    let opened = deployment.opened();
    let live = LiveSessions::new(&client, options).expect("builds");
    assert!(load(&live, visitor(b"1", "ann#1")).is_none());
    soon(|| (live.counts().opened == 1 && live.counts().sessions == 0).then_some(())).await;
    assert!(load(&live, visitor(b"1", "ann#1")).is_none());
    assert_eq!(deployment.opened(), opened);
}
