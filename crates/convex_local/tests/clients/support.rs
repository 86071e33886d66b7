//! A running backend with the fixture app, and tokens it accepts.

use std::future::IntoFuture as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use convex_local::{ClientAddress, LocalBackend, LocalConfig, Ports};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A backend for one test.
pub(crate) struct Server {
    pub(crate) backend: LocalBackend,
    pub(crate) http: reqwest::Client,
    convex_dir: PathBuf,
    data: TempDir,
}

/// The keys of this run, from `keys.mjs`.
struct Keys {
    jwks: Json,
    rsa: EncodingKey,
    ed25519: EncodingKey,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let made = std::process::Command::new("node")
        .arg(script("keys.mjs"))
        .stderr(Stdio::inherit())
        .output()
        .expect("node runs");
    let keys: Json = serde_json::from_slice(&made.stdout).expect("keys.mjs prints JSON");
    let pem = |name: &str| keys[name].as_str().expect("a key").as_bytes().to_vec();
    Keys {
        rsa: EncodingKey::from_rsa_pem(&pem("rsa")).expect("an RSA key"),
        ed25519: EncodingKey::from_ed_pem(&pem("ed25519")).expect("an Ed25519 key"),
        jwks: keys["jwks"].clone(),
    }
});

fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn new_data() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// Returns the public keys of this run.
pub(crate) fn jwks() -> Json {
    KEYS.jwks.clone()
}

/// Returns the path of a script of these tests.
pub(crate) fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(name)
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_on(folder("tests/fixtures/todos/convex"), new_data()).await
    }

    /// Starts a backend with the app of this repository instead of the fixture.
    pub(crate) async fn start_this_repositorys_app() -> Self {
        Self::start_on(folder("../../convex"), new_data()).await
    }

    /// Starts a backend with the functions in `convex_dir`.
    pub(crate) async fn start_with(convex_dir: PathBuf) -> Self {
        Self::start_on(convex_dir, new_data()).await
    }

    async fn start_on(convex_dir: PathBuf, data: TempDir) -> Self {
        let mut config = LocalConfig::new(convex_dir.clone());
        config.data_dir = data.path().to_owned();
        config.ports = Ports::Any;
        config.watch = false;
        config.env.insert("TEST_JWKS".into(), KEYS.jwks.to_string());
        config
            .env
            .insert("SITE_URL".into(), "http://localhost:3000".into());
        config.env.insert("AUTH_RATE_LIMIT".into(), "off".into());
        let backend = LocalBackend::start(config)
            .await
            .expect("the backend starts");
        // This fails if another test has installed it before, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("an HTTP client");
        Self {
            backend,
            http,
            convex_dir,
            data,
        }
    }

    /// Stops the backend and starts another one on the same data.
    pub(crate) async fn restart(self) -> Self {
        self.backend.shutdown().await;
        Self::start_on(self.convex_dir, self.data).await
    }

    /// Serves live queries on another port, where the backend takes each client for one from this address.
    pub(crate) async fn serve_for(&self, client: [u8; 4]) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let client = axum::Extension(ClientAddress(client.into()));
        let app = self.backend.sync_router().layer(client);
        tokio::spawn(axum::serve(listener, app).into_future());
        address
    }

    pub(crate) fn data_dir(&self) -> &Path {
        self.data.path()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.backend.cloud_url())
    }

    /// Returns the address of the sync socket for an npm client.
    pub(crate) fn socket_url(&self) -> String {
        self.url("/api/1.48.0/sync").replacen("http", "ws", 1)
    }

    /// Returns a token of the app's own issuer for `subject`.
    pub(crate) fn token(&self, subject: &str) -> String {
        self.token_with(subject, &json!({}))
    }

    /// Returns a token as [`Self::token`] does, with these claims changed or added.
    pub(crate) fn token_with(&self, subject: &str, claims: &Json) -> String {
        let mut all = json!({
            "iss": self.backend.site_url(), "aud": "convex", "sub": subject,
            "iat": now(), "exp": now() + 900, "name": "Alice",
        });
        for (name, value) in claims.as_object().expect("an object") {
            all[name] = value.clone();
        }
        sign(Algorithm::RS256, "rsa-1", &KEYS.rsa, &all)
    }

    /// Calls a function with `POST`. Returns the status and the body.
    pub(crate) async fn call(&self, kind: &str, path: &str, args: Json) -> (u16, Json) {
        self.call_as(None, kind, path, args).await
    }

    pub(crate) async fn call_as(
        &self,
        token: Option<&str>,
        kind: &str,
        path: &str,
        args: Json,
    ) -> (u16, Json) {
        let body = json!({ "path": path, "args": [args], "format": "convex_encoded_json" });
        let mut request = self
            .http
            .post(self.url(&format!("/api/{kind}")))
            .json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.expect("an answer");
        (
            response.status().as_u16(),
            response.json().await.expect("a JSON body"),
        )
    }

    /// Adds a note over HTTP, as another client would.
    pub(crate) async fn add_note(&self, text: &str) {
        let (status, body) = self
            .call("mutation", "notes:add", json!({ "text": text }))
            .await;
        assert_eq!(
            (status, &body["status"]),
            (200, &json!("success")),
            "{body}"
        );
    }
}

/// Returns a token of the issuer whose keys are in `auth.config.ts` itself.
pub(crate) fn pinned_token(claims: &Json) -> String {
    sign(Algorithm::EdDSA, "ed-1", &KEYS.ed25519, claims)
}

fn sign(algorithm: Algorithm, kid: &str, key: &EncodingKey, claims: &Json) -> String {
    let header = Header {
        kid: Some(kid.to_owned()),
        ..Header::new(algorithm)
    };
    jsonwebtoken::encode(&header, claims, key).expect("a signature")
}

/// Returns the seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970")
        .as_secs()
}
