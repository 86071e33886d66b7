//! What a person is told whose configuration is incomplete or contradicts itself.

use clap::Parser;
use server::{Config, StartError};

fn config(args: &[&str]) -> Config {
    Config::try_parse_from([&["server"], args].concat()).expect("the arguments parse")
}

fn problem(args: &[&str]) -> String {
    config(args)
        .deployment()
        .expect_err("the deployment is refused")
        .to_string()
}

#[test]
fn neither_url_means_the_embedded_backend() {
    assert_eq!(config(&[]).deployment().expect("valid"), None);
    let empty = config(&["--convex-url", "", "--convex-site-url", " "]);
    assert_eq!(empty.deployment().expect("valid"), None);
}

#[test]
fn both_urls_mean_that_deployment() {
    let deployment = config(&[
        "--convex-url=https://happy-animal-123.convex.cloud/",
        "--convex-site-url=https://happy-animal-123.convex.site",
    ])
    .deployment()
    .expect("valid")
    .expect("a deployment");
    assert_eq!(
        deployment.convex_url,
        "https://happy-animal-123.convex.cloud"
    );
    assert_eq!(
        deployment.convex_site_url,
        "https://happy-animal-123.convex.site"
    );
}

#[test]
fn half_a_deployment_is_told_the_other_half() {
    let cloud = problem(&["--convex-url=https://happy-animal-123.convex.cloud"]);
    assert!(
        cloud.contains("CONVEX_SITE_URL=https://happy-animal-123.convex.site"),
        "{cloud}"
    );
    let local = problem(&["--convex-site-url=http://127.0.0.1:3211"]);
    assert!(local.contains("CONVEX_URL is not"), "{local}");
    assert!(local.contains("Set both"), "{local}");
}

#[test]
fn swapped_urls_are_told_apart() {
    let swapped = problem(&[
        "--convex-url=https://happy-animal-123.convex.site",
        "--convex-site-url=https://happy-animal-123.convex.cloud",
    ]);
    assert!(swapped.contains("belong into CONVEX_SITE_URL"), "{swapped}");
    let twice = problem(&[
        "--convex-url=http://127.0.0.1:3210",
        "--convex-site-url=http://127.0.0.1:3210",
    ]);
    assert!(twice.contains("3211"), "{twice}");
    let garbled = problem(&["--convex-url=happy-animal-123", "--convex-site-url=x"]);
    assert!(garbled.contains("no http(s) URL"), "{garbled}");
}

#[test]
fn github_needs_both_halves_and_never_prints_its_secret() {
    let half = config(&["--github-client-id=abc"])
        .github()
        .expect_err("half-set")
        .to_string();
    assert!(half.contains("GITHUB_CLIENT_SECRET is not"), "{half}");
    let whole = config(&["--github-client-id=abc", "--github-client-secret=hush-hush"]);
    assert!(whole.github().expect("valid").is_some());
    assert!(!format!("{whole:?}").contains("hush-hush"));
}

#[test]
fn the_public_url_is_an_origin() {
    let addr = ([127, 0, 0, 1], 4321).into();
    assert_eq!(config(&[]).site_url(addr), "http://localhost:4321");
    assert_eq!(
        config(&["--site-url=https://app.example.com/"]).site_url(addr),
        "https://app.example.com"
    );
    for wrong in [
        "app.example.com",
        "ftp://app.example.com",
        "https://app.example.com/app",
    ] {
        let error = Config::try_parse_from(["server", "--site-url", wrong])
            .expect_err(wrong)
            .to_string();
        assert!(error.contains("https://app.example.com"), "{error}");
    }
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let addr = taken.local_addr().expect("bound");
    let error = tokio::net::TcpListener::bind(addr)
        .await
        .expect_err("taken");
    let message = StartError::bind(addr, error).to_string();
    assert!(
        message.contains(&addr.to_string()) && message.contains("LEPTOS_SITE_ADDR"),
        "{message}"
    );
}
