//! The start, stop and mounting of a backend.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use futures::FutureExt as _;
use http_body_util::BodyExt as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::auth::{Authenticator, KeyStore, LocalFetch};
use crate::backend::Backend;
use crate::calls::CallLog;
use crate::config::LocalConfig;
use crate::folder::{self, FolderError};
use crate::functions::{self, Functions, FunctionsConfig};
use crate::http::{Guard, cloud_router, files_router, site_router, sync_router};
use crate::ports;
use crate::server_file::ServerFile;
use crate::store::{OpenError, Store};
use crate::sync::{LiveQueries, SessionRequests, Sockets, Waiting};
use crate::tls;
use crate::transfer::Transfers;

/// How long open requests may take to end at a shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

/// The reasons why a backend does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be opened: another backend is running on it, or it is damaged.
    #[error(transparent)]
    Data(#[from] OpenError),
    /// The stored settings cannot be read or written.
    #[error(transparent)]
    Settings(#[from] FolderError),
    /// Node.js is missing, or the functions do not load.
    #[error(transparent)]
    Functions(#[from] functions::StartError),
    /// The remains of an interrupted import or export cannot be removed.
    #[error("cannot remove the files of an interrupted import or export: {0}")]
    Transfers(#[source] std::io::Error),
    /// Listening on the ports fails.
    #[error("cannot listen: {0}")]
    Listen(#[source] std::io::Error),
    /// The HTTP client that fetches the keys of token issuers cannot be built.
    #[error("cannot set up HTTP: {0}")]
    Http(#[from] reqwest::Error),
    /// The TLS of that client cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// A running backend. Dropping it stops it; [`Self::shutdown`] also waits for the end.
#[derive(Debug)]
pub struct LocalBackend {
    backend: Arc<Backend>,
    data_dir: PathBuf,
    /// Servers and scheduler: they end when told to stop.
    tasks: Vec<JoinHandle<()>>,
    _stop: DropGuard,
}

impl LocalBackend {
    /// Opens the data, loads the functions and listens on both ports.
    ///
    /// # Errors
    /// [`StartError`]. Its text says what to do.
    pub async fn start(config: LocalConfig) -> Result<Self, StartError> {
        let store = folder::open(&config.data_dir)?;
        Self::start_on(store, config).await
    }

    async fn start_on(store: Store, config: LocalConfig) -> Result<Self, StartError> {
        let (cloud, site) = ports::bind(config.host, config.ports)
            .await
            .map_err(StartError::Listen)?;
        let cloud_url = config.cloud_url.clone().unwrap_or_else(|| address(&cloud));
        let site_url = config.site_url.clone().unwrap_or_else(|| address(&site));
        let functions = start_functions(&config, &store, &cloud_url, &site_url).await?;
        let local_sites = vec![site_url.clone(), address(&site)];
        let tls = tls::config()?;
        let keys = KeyStore::new(
            http_client(tls.clone()).build()?,
            http_client(tls).no_proxy().build()?,
            Some(own_pages(functions.clone(), local_sites)),
        );
        let shutdown = CancellationToken::new();
        // If a later step fails, the scheduler stops and gives back the data.
        let stop = shutdown.clone().drop_guard();
        let scheduler = (config.schedule && !config.data_only)
            .then(|| functions.run_scheduled(shutdown.clone()));
        let calls = Arc::new(CallLog::default());
        let transfers = Transfers::start(&store, functions.files())
            .await
            .map_err(StartError::Transfers)?;
        let app = config.env.get("SITE_URL");
        let guard = Guard::new(
            [cloud_url.as_str(), &site_url],
            config.allowed_origins.iter().chain(app).map(String::as_str),
        );
        let backend = Arc::new(Backend {
            transfers,
            live: LiveQueries::start(functions.clone(), store.clone(), calls.clone()),
            requests: SessionRequests::default(),
            turns: Arc::default(),
            receiving: Waiting::of_messages(),
            waiting: Waiting::of_requests(),
            subscribed: Waiting::of_requests(),
            sending: Waiting::of_transitions(),
            calls,
            authenticator: Authenticator::new(keys),
            admin_key: folder::admin_key(&store)?,
            given_env: config.env,
            cloud_url,
            site_url,
            guard,
            sockets: Arc::new(Sockets::new(config.sockets_per_address)),
            shutdown: shutdown.clone(),
            functions,
            store,
        });
        announce(&backend, &config.data_dir, [&cloud, &site]);
        let mut tasks = vec![
            serve(cloud, cloud_router(backend.clone()), shutdown.clone()),
            serve(site, site_router(backend.clone()), shutdown),
        ];
        tasks.extend(scheduler);
        Ok(Self {
            backend,
            data_dir: config.data_dir,
            tasks,
            _stop: stop,
        })
    }

    /// Returns the address where clients call functions and open live queries: `CONVEX_URL`.
    #[must_use]
    pub fn cloud_url(&self) -> &str {
        &self.backend.cloud_url
    }

    /// Returns the address of the app's HTTP actions: `CONVEX_SITE_URL`.
    #[must_use]
    pub fn site_url(&self) -> &str {
        &self.backend.site_url
    }

    /// Returns the key for `Authorization: Convex <key>`. It is a secret: its holder may call internal functions.
    #[must_use]
    pub fn admin_key(&self) -> &str {
        &self.backend.admin_key
    }

    /// Returns the cloud API as a router to mount on another origin, so that the sockets of a web app can share its
    /// address. The router works as long as this backend runs. It admits the host names and pages of
    /// [`LocalConfig::allowed_origins`].
    pub fn cloud_router(&self) -> Router {
        cloud_router(self.backend.clone())
    }

    /// Returns a router with only the live queries (`/api/{version}/sync`), for the origin of a web app. Browsers then
    /// need only one address, and the rest of the cloud API stays where it is. The app decides which
    /// pages may open sockets there, and names each socket's [`ClientAddress`](crate::ClientAddress).
    pub fn sync_router(&self) -> Router {
        sync_router(self.backend.clone())
    }

    /// Returns a router for uploads and downloads of stored files (`/api/storage/…`), for the origin in
    /// [`LocalConfig::files_url`]. Access depends on secrets in the URLs, not on cookies.
    pub fn files_router(&self) -> Router {
        files_router(self.backend.clone())
    }

    /// Closes the sockets, lets running requests end for a few seconds, and stops.
    pub async fn shutdown(mut self) {
        self.backend.shutdown.cancel();
        for task in std::mem::take(&mut self.tasks) {
            let abort = task.abort_handle();
            if tokio::time::timeout(SHUTDOWN_GRACE, task).await.is_err() {
                abort.abort();
            }
        }
    }
}

impl Drop for LocalBackend {
    fn drop(&mut self) {
        ServerFile::remove(&self.data_dir);
    }
}

async fn start_functions(
    config: &LocalConfig,
    store: &Store,
    cloud_url: &str,
    site_url: &str,
) -> Result<Functions, StartError> {
    let mut env = folder::env_with_secret(store)?;
    env.extend(config.env.clone());
    let functions = FunctionsConfig {
        env,
        cloud_url: cloud_url.to_owned(),
        site_url: site_url.to_owned(),
        files_url: config.files_url.clone(),
        watch: config.watch,
        schemas_only: config.data_only,
        limits: config.limits,
        workers: config.workers,
        ..FunctionsConfig::new(&config.convex_dir, &config.data_dir)
    };
    Ok(Functions::start(functions, store.clone()).await?)
}

fn announce(backend: &Backend, data_dir: &std::path::Path, listeners: [&TcpListener; 2]) {
    let [cloud, site] = listeners.map(address);
    tracing::info!("functions API and live queries at {cloud}");
    tracing::info!("HTTP actions at {site}");
    let file = ServerFile {
        cloud_url: cloud,
        site_url: site,
        admin_key: backend.admin_key.clone(),
    };
    if let Err(error) = file.write(data_dir) {
        tracing::warn!("the convex-local command will not find this backend: {error}");
    }
}

fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) -> JoinHandle<()> {
    // Without Nagle's algorithm, a small message leaves at once, not after the client has acknowledged the one before.
    // A page that makes one write after another would otherwise wait 40 ms each time.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = axum::serve(listener, service).with_graceful_shutdown(shutdown.cancelled_owned());
    tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!("a server ended: {error}");
        }
    })
}

/// Returns the address of a bound listener, as clients on this machine write it.
fn address(listener: &TcpListener) -> String {
    match listener.local_addr() {
        Ok(at) if at.ip().is_unspecified() => format!("http://127.0.0.1:{}", at.port()),
        Ok(at) => format!("http://{at}"),
        // A bound listener knows its address.
        Err(_) => "http://127.0.0.1".to_owned(),
    }
}

fn http_client(tls: rustls::ClientConfig) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::limited(5))
}

/// Answers requests to `sites` in this process, because the app's own tokens are verified with keys that its own HTTP
/// actions serve.
fn own_pages(functions: Functions, sites: Vec<String>) -> LocalFetch {
    Arc::new(move |address| {
        let path = sites
            .iter()
            .find_map(|site| address.strip_prefix(site.trim_end_matches('/')))?;
        if !path.starts_with('/') {
            return None;
        }
        // Better Auth's rate limiter warns about requests without an address.
        let request = http::Request::get(address)
            .header("x-forwarded-for", "127.0.0.1")
            .body(axum::body::Body::empty())
            .ok()?;
        let functions = functions.clone();
        let answer = async move {
            let response = functions.http(request).await;
            let status = response.status();
            if status != http::StatusCode::OK {
                return Err(format!("HTTP {}", status.as_u16()));
            }
            let body = response
                .into_body()
                .collect()
                .await
                .map_err(|error| error.to_string())?;
            Ok(body.to_bytes().to_vec())
        };
        Some(answer.boxed())
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::{Value as Json, json};

    use super::*;
    use crate::config::Ports;
    use crate::functions::FunctionCall;

    fn todos() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/todos/convex")
    }

    fn config(data: &Path) -> LocalConfig {
        let mut config = LocalConfig::new(todos());
        config.data_dir = data.to_owned();
        config.ports = Ports::Any;
        config.watch = false;
        config.env.insert("TEST_JWKS".into(), "{}".into());
        config
    }

    #[tokio::test]
    async fn requests_for_the_apps_own_pages_have_a_client_address() {
        let data = tempfile::tempdir().expect("a temporary folder");
        let store = Store::with_room_for(data.path(), 100);
        let config = config(data.path());
        let site = "http://127.0.0.1:1";
        let functions = start_functions(&config, &store, site, site).await;
        let ask = own_pages(functions.expect("starts"), vec![site.to_owned()]);
        let answer = ask(&format!("{site}/address")).expect("a page of the app");
        assert_eq!(answer.await.as_deref(), Ok(b"127.0.0.1".as_slice()));
        assert!(ask("http://127.0.0.1:2/address").is_none());
    }

    #[tokio::test]
    async fn a_variable_for_this_run_overrides_later_changes_of_the_stored_one() {
        let data = tempfile::tempdir().expect("a temporary folder");
        let mut config = config(data.path());
        config.env.insert("GREETING".into(), "given".into());
        let local = LocalBackend::start(config).await.expect("starts");
        let Backend { functions, .. } = &*local.backend;
        for stored in [Some("stored".to_owned()), None] {
            let changed = local.backend.change_env("GREETING", stored.clone());
            changed.expect("changes the stored variable");
            let kept = local.backend.kept_env().expect("the stored variables");
            assert_eq!(kept.get("GREETING"), stored.as_ref());
            functions.load_now().await.expect("loads");
            let call = FunctionCall::public("notes:greeting", json!({}));
            assert_eq!(functions.query(call).await.result, Ok(json!("given")));
        }
        local.shutdown().await;
    }

    #[tokio::test]
    async fn a_backend_that_does_not_start_gives_back_its_data() {
        let data = tempfile::tempdir().expect("a temporary folder");
        let remains = data.path().join(crate::transfer::FOLDER);
        std::fs::write(remains, "no folder").expect("writes");
        let config = config(data.path());
        let refused = LocalBackend::start(config).await;
        assert!(matches!(refused, Err(StartError::Transfers(_))));
        for _ in 0..600 {
            if folder::open(data.path()).is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the data are still in use");
    }

    /// Follows what a client sees of a full disk, from the first refusal to the first success after it.
    #[tokio::test]
    async fn a_full_disk_fails_mutations_and_the_backend_keeps_serving() {
        let data = tempfile::tempdir().expect("a temporary folder");
        let store = Store::with_room_for(data.path(), 100);
        let config = config(data.path());
        let backend = LocalBackend::start_on(store, config).await.expect("starts");
        let chosen = rustls::crypto::CryptoProvider::get_default();
        assert!(
            chosen.is_none(),
            "a library must not choose the cryptography of the process"
        );
        let http = http_client(tls::config().expect("certificates"));
        let http = http.no_proxy().build().expect("an HTTP client");
        let call = async |kind: &str, path: &str, args: Json| -> Json {
            let url = format!("{}/api/{kind}", backend.cloud_url());
            let body = json!({ "path": path, "args": args, "format": "json" });
            let answer = http.post(url).json(&body).send().await.expect("an answer");
            answer.json().await.expect("a JSON body")
        };

        let long = "x".repeat(20_000);
        let mut kept = 0;
        let refused = loop {
            let answer = call("mutation", "notes:add", json!({ "text": long })).await;
            if answer["status"] != "success" {
                break answer;
            }
            kept += 1;
        };
        let text = "The database could not be written: database or disk is full";
        assert!(refused.to_string().contains(text), "{refused}");
        assert!(kept > 0);
        assert_eq!(call("query", "notes:count", json!({})).await["value"], kept);

        let cleared = call("mutation", "notes:clear", json!({})).await;
        assert_eq!(cleared["status"], "success", "{cleared}");
        let added = call("mutation", "notes:add", json!({ "text": long })).await;
        assert_eq!(added["status"], "success", "{added}");
        assert_eq!(call("query", "notes:count", json!({})).await["value"], 1);
        backend.shutdown().await;
    }
}
