//! The contents of the log. This is a separate test program, because a process has only one log.

#[path = "it/common.rs"]
#[allow(dead_code, reason = "the other test program uses the rest")]
mod common;

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::http::Method;
use common::Site;
use tracing_subscriber::fmt::MakeWriter;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("the log").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_secret_is_logged() {
    let log = Log::default();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(log.clone())
        .init();
    let site = Site::new();
    let cookies = "better-auth.session_token=SECRET-1.sig; better-auth.convex_jwt=SECRET-2.a.b";
    let headers = [
        FORM,
        ("cookie", cookies),
        ("authorization", "Bearer SECRET-3"),
        ("origin", "http://localhost:3000"),
    ];
    let body = "email=a%40b.c&password=SECRET-4&token=SECRET-5";
    for path in ["/dashboard?ott=SECRET-6", "/reset-password?token=SECRET-7"] {
        site.get_with(path, &headers).await;
    }
    for path in ["/actions/sign-in", "/api/auth/sign-in/email?token=SECRET-8"] {
        site.send(Method::POST, path, &headers, body).await;
    }
    for path in [
        "/api/auth/callback/github?code=SECRET-9&state=SECRET-10",
        "/api/auth/reset-password/SECRET-11?callbackURL=%2Freset-password",
        "/api/auth/reset-password/SECRET-12/",
        "/api/auth/delete-user/callback/SECRET-13",
        "/api/auth//reset-password/SECRET-14",
        "/%61pi/auth/reset-password/SECRET-15",
        "/x/../api/auth/reset-password/SECRET-16",
        "/API/AUTH/reset-password/SECRET-17",
        "/api/storage/SECRET-18",
    ] {
        site.get_with(path, &headers).await;
        let evil = [FORM, ("origin", "https://evil.example")];
        site.send(Method::POST, path, &evil, body).await;
    }
    let log = log.0.lock().expect("the log").clone();
    let log = String::from_utf8_lossy(&log);
    assert!(
        log.contains("/api/auth/callback/…"),
        "requests are logged: {log}"
    );
    assert!(!log.contains("SECRET"), "{log}");
}
