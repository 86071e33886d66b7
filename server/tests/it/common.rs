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

/// One site at a time. Listing a site's routes renders the app once, and pages that another runtime
/// renders meanwhile now and then never end. A server lists them once, before it serves anybody, so
/// only tests, which put together many sites in one process, meet this. Hence also: no test holds two
/// sites at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A built site and a deployment that nobody answers at.
pub(crate) struct Site {
    router: Router,
    assets: Arc<Assets>,
    root: tempfile::TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Site {
    /// With the default configuration.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// With further command-line arguments.
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

    /// What the server does by itself some time after start.
    pub(crate) fn compress(&self) {
        self.assets.compress();
    }

    /// Puts a file into the site that is served.
    pub(crate) fn write(&self, name: &str, contents: &str) {
        fs::write(self.root.path().join("site").join(name), contents).expect("a file");
    }

    /// A browser's navigation to `path`.
    pub(crate) async fn get(&self, path: &str) -> Response<Body> {
        self.get_with(path, &[]).await
    }

    /// The same with further headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
        self.send(Method::GET, path, headers, "").await
    }

    /// Any request.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &'static str,
    ) -> Response<Body> {
        self.send_body(method, path, headers, body).await
    }

    /// The same with any body.
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
        ("a b\u{e9}.txt", "named\n"),
        ("precompressed.txt", "not compressed"),
        ("precompressed.txt.br", "made by the build"),
    ];
    for (path, contents) in files {
        fs::write(root.join(path), contents).expect("a file");
    }
}

/// The body as text.
pub(crate) async fn text(response: Response<Body>) -> String {
    let bytes = response
        .into_body()
        .collect()
        .await
        .expect("a whole body")
        .to_bytes();
    String::from_utf8_lossy(&bytes).into_owned()
}
