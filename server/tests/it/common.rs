//! A site in a temporary folder and requests to its router.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, Response},
};
use clap::Parser;
use http_body_util::BodyExt;
use server::{Config, assets::Assets, backend::Backend, router::router, state::AppState};
use tower::ServiceExt;

/// A line of the stylesheet; the file repeats it.
pub(crate) const CSS: &str = "body { color: black }\n";

/// Held by each [`Site`], so that there is only one at a time. Listing a site's routes renders the app once, and a page
/// that another runtime renders at the same time sometimes never ends. A server lists its routes once, before it serves
/// requests, so this affects only tests, which build many sites in one process. A test that holds two sites would wait
/// for itself.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A built site, and a deployment that does not answer.
pub(crate) struct Site {
    router: Router,
    assets: Arc<Assets>,
    root: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Site {
    /// Creates a site with the default configuration.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// Creates a site with further command-line arguments.
    pub(crate) fn with(args: &[&str]) -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let root = tempfile::tempdir().expect("a temporary folder");
        let folder = root.path().join("site");
        fs::create_dir(&folder).expect("a folder");
        fs::write(root.path().join("secret.txt"), "secret").expect("a file");
        write_site(&folder);
        let root_arg = format!("--site-root={}", folder.display());
        // Port 9 (discard) refuses connections at once.
        let fixed = [
            "server",
            "--convex-url=http://127.0.0.1:9",
            "--convex-site-url=http://localhost:9",
            "--output-name=site",
            &root_arg,
        ];
        let config = Config::try_parse_from(fixed.iter().chain(args)).expect("a configuration");
        let deployment = config.deployment().expect("valid").expect("a deployment");
        let backend = Backend::Deployment(deployment);
        let assets = Arc::new(Assets::load(&config.site).expect("a readable site"));
        let site_url = config.site_url(([127, 0, 0, 1], 3000).into());
        let state =
            AppState::new(&config, &site_url, &backend, Arc::clone(&assets)).expect("a state");
        Self {
            router: router(&state, &backend),
            assets,
            root,
            _turn: turn,
        }
    }

    /// Compresses the files, which the server does by itself after its start.
    pub(crate) fn compress(&self) {
        self.assets.compress();
    }

    /// Writes a file into the folder that is served.
    pub(crate) fn write(&self, name: &str, contents: &str) {
        fs::write(self.root.path().join("site").join(name), contents).expect("a file");
    }

    /// Requests `path` as a browser does when it opens a page.
    pub(crate) async fn get(&self, path: &str) -> Response<Body> {
        self.get_with(path, &[]).await
    }

    /// Requests `path` in the same way, with further headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
        self.send(Method::GET, path, headers, "").await
    }

    /// Sends any request.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &'static str,
    ) -> Response<Body> {
        self.send_body(method, path, headers, body).await
    }

    /// Sends any request with any body.
    pub(crate) async fn send_body(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Response<Body> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost:3000");
        if !headers.iter().any(|(name, _)| *name == "accept") {
            request = request.header("accept", "text/html");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).expect("a request");
        self.router
            .clone()
            .oneshot(request)
            .await
            .expect("an answer")
    }
}

fn write_site(root: &Path) {
    fs::create_dir(root.join("pkg")).expect("a folder");
    let css = CSS.repeat(100);
    let files = [
        ("pkg/site.abc123.css", css.as_str()),
        ("pkg/site.abc123.js", "export default 1"),
        ("pkg/site.abc123.wasm", "\0asm"),
        ("robots.txt", "User-agent: *"),
        ("empty.txt", ""),
        ("a b\u{e9}.txt", "named\n"),
        ("precompressed.txt", "not compressed"),
        ("precompressed.txt.br", "made by the build"),
    ];
    for (path, contents) in files {
        fs::write(root.join(path), contents).expect("a file");
    }
}

/// Reads the body as text.
pub(crate) async fn text(response: Response<Body>) -> String {
    let bytes = response
        .into_body()
        .collect()
        .await
        .expect("a whole body")
        .to_bytes();
    String::from_utf8_lossy(&bytes).into_owned()
}
