//! Requests to the backend that runs on a data folder.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use convex_local::{LocalBackend, LocalConfig, Ports, ServerFile};
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value as Json, json};

/// How often to ask the backend for the progress of an export or import.
pub(super) const ASK: Duration = Duration::from_millis(200);

/// A running backend and its admin key.
pub(super) struct Remote {
    http: reqwest::Client,
    url: String,
    admin_key: String,
}

/// Asks the backend that runs on the data folder. If none does, starts one for this request and stops it afterwards.
pub(super) async fn ask<T>(
    config: LocalConfig,
    question: impl AsyncFnOnce(&Remote) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    if let Some(remote) = Remote::running_on(&config.data_dir).await? {
        return question(&remote).await;
    }
    let config = LocalConfig {
        ports: Ports::Any,
        watch: false,
        ..config
    };
    let backend = LocalBackend::start(config).await?;
    let remote = Remote::new(backend.cloud_url(), backend.admin_key())?;
    let answer = question(&remote).await;
    backend.shutdown().await;
    answer
}

/// Returns a configuration that trusts no certificate: requests on this machine use no TLS.
fn no_tls() -> Result<ClientConfig, rustls::Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions()?;
    let config = config.with_root_certificates(RootCertStore::empty());
    Ok(config.with_no_client_auth())
}

impl Remote {
    /// Returns the backend at `url`.
    pub(super) fn new(url: &str, admin_key: &str) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_backend_preconfigured(no_tls()?);
        let http = http.build()?;
        Ok(Self {
            http,
            url: url.to_owned(),
            admin_key: admin_key.to_owned(),
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn admin_key(&self) -> &str {
        &self.admin_key
    }

    /// Returns the backend that runs on `data_dir`, if one does.
    pub(super) async fn running_on(data_dir: &Path) -> anyhow::Result<Option<Self>> {
        let Some(file) = ServerFile::read(data_dir) else {
            return Ok(None);
        };
        let remote = Self::new(&file.cloud_url, &file.admin_key)?;
        let probe = remote.get("/api/check_admin_key");
        let answers = tokio::time::timeout(Duration::from_secs(5), probe).await;
        // If there is no answer, the file was left by a backend that was killed.
        Ok(matches!(answers, Ok(Ok(_))).then_some(remote))
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Json> {
        self.send(self.http.get(format!("{}{path}", self.url)))
            .await
    }

    pub(super) async fn post(&self, path: &str, body: &Json) -> anyhow::Result<Json> {
        self.send(self.http.post(format!("{}{path}", self.url)).json(body))
            .await
    }

    /// Posts a body of bytes.
    pub(super) async fn post_bytes(
        &self,
        path: &str,
        body: impl Into<reqwest::Body>,
    ) -> anyhow::Result<Json> {
        self.send(self.http.post(format!("{}{path}", self.url)).body(body))
            .await
    }

    /// Returns the result of one of the backend's own queries.
    pub(super) async fn system_query(&self, path: &str, args: Json) -> anyhow::Result<Json> {
        let call = json!({ "path": path, "args": args, "format": "convex_encoded_json" });
        let mut answer = self.post("/api/query", &call).await?;
        match answer["errorMessage"].as_str() {
            None => Ok(answer["value"].take()),
            Some(error) => bail!("{}", error.trim_end()),
        }
    }

    /// Fetches a file.
    pub(super) async fn download(&self, path: &str) -> anyhow::Result<reqwest::Response> {
        let response = self
            .ask(self.http.get(format!("{}{path}", self.url)))
            .await?;
        match response.status().is_success() {
            true => Ok(response),
            false => refused(response.status(), &response.text().await?),
        }
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> reqwest::Result<reqwest::Response> {
        let key = format!("Convex {}", self.admin_key);
        request
            .header(http::header::AUTHORIZATION, key)
            .send()
            .await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Json> {
        let response = self.ask(request).await?;
        let status = response.status();
        let body = response.text().await?;
        if !status.is_success() {
            return refused(status, &body);
        }
        let body = if body.is_empty() { "null" } else { &body };
        serde_json::from_str(body).context("the backend's answer is not JSON")
    }
}

fn refused<T>(status: http::StatusCode, body: &str) -> anyhow::Result<T> {
    let json: Option<Json> = serde_json::from_str(body).ok();
    match json.as_ref().and_then(|json| json["message"].as_str()) {
        Some(message) => bail!("{message}"),
        None => bail!("the backend answers {status}"),
    }
}
