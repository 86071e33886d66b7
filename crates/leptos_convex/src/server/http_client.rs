//! The HTTP client: `ConvexHttpClient` without the state of a visitor.

use std::{sync::Arc, time::Duration};

use reqwest::{
    RequestBuilder, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use serde::de::DeserializeOwned;
use tracing::Instrument as _;

use super::{
    BuildError, CLIENT_HEADER, answer, deployment::deployment_client, live::LiveQueries,
    traced::traced,
};
use crate::{
    call::{Action, Call, CallError, Mutation, Preloaded, Query},
    value::{Value, write_text},
};

/// Settings of an [`HttpClient`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpOptions {
    /// How long establishing a connection may take. Default: 5 s.
    pub connect_timeout: Duration,
    /// How long a query or mutation may take, from call to answer. Default: 15 s.
    pub timeout: Duration,
    /// How long an action may take. Default: 10 minutes, Convex's own limit.
    pub action_timeout: Duration,
    /// How many idle connections to keep. Default: 64.
    pub idle_connections: usize,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(15),
            action_timeout: Duration::from_secs(600),
            idle_connections: 64,
        }
    }
}

impl HttpOptions {
    /// Sets how long establishing a connection may take.
    #[must_use]
    pub const fn with_connect_timeout(mut self, connect_timeout: Duration) -> Self {
        self.connect_timeout = connect_timeout;
        self
    }

    /// Sets how long a query or mutation may take from call to answer.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how long an action may take.
    #[must_use]
    pub const fn with_action_timeout(mut self, action_timeout: Duration) -> Self {
        self.action_timeout = action_timeout;
        self
    }

    /// Sets how many idle connections to keep.
    #[must_use]
    pub const fn with_idle_connections(mut self, idle_connections: usize) -> Self {
        self.idle_connections = idle_connections;
        self
    }
}

/// A client that calls Convex functions over HTTP. It is cheap to clone, and all clones share one pool of
/// connections.
#[derive(Clone, Debug)]
pub struct HttpClient {
    http: reqwest::Client,
    pub(super) endpoints: Arc<Endpoints>,
    pub(super) options: HttpOptions,
    /// The header value `Convex <key>`, for calls without a token.
    admin: Option<HeaderValue>,
    pub(super) live: Option<LiveQueries>,
}

#[derive(Debug)]
pub(super) struct Endpoints {
    pub(super) base: Url,
    query: Url,
    query_ts: Url,
    query_at_ts: Url,
    mutation: Url,
    action: Url,
}

impl HttpClient {
    /// Creates a client of the deployment at `url` (`https://happy-animal-123.convex.cloud`).
    ///
    /// # Errors
    /// When `url` is not the URL of a deployment's functions, or TLS cannot be set up.
    pub fn new(url: &str) -> Result<Self, BuildError> {
        Self::with_options(url, HttpOptions::default())
    }

    /// Returns the URL of the deployment.
    pub fn url(&self) -> &str {
        self.endpoints.base.as_str()
    }

    /// Does what [`HttpClient::new`] does, with options.
    ///
    /// # Errors
    /// As [`HttpClient::new`].
    pub fn with_options(url: &str, options: HttpOptions) -> Result<Self, BuildError> {
        let endpoints = Arc::new(Endpoints::of(url)?);
        let http = deployment_client(url)?
            .connect_timeout(options.connect_timeout)
            .pool_max_idle_per_host(options.idle_connections)
            .build()?;
        Ok(Self {
            http,
            endpoints,
            options,
            admin: None,
            live: None,
        })
    }

    /// Returns the same client with the deployment's admin key. Calls without a token may then reach internal
    /// functions (`setAdminAuth` of the JavaScript client). For tools and for development. A key with characters that
    /// no header may have is ignored.
    #[must_use]
    pub fn with_admin_key(mut self, key: &str) -> Self {
        self.admin = HeaderValue::try_from(["Convex ", key].concat()).ok();
        if let Some(header) = &mut self.admin {
            header.set_sensitive(true);
        }
        self
    }

    /// Runs `query` as the person of `token`, or as nobody.
    ///
    /// # Errors
    /// The function's error, [`CallError::Unauthenticated`] when the token was refused, or [`CallError::Network`]
    /// when Convex did not answer in time.
    pub async fn query<T: DeserializeOwned>(
        &self,
        query: &Query<T>,
        token: Option<&str>,
    ) -> Result<T, CallError> {
        query.decode(self.query_value(query, token).await?)
    }

    /// Does what [`HttpClient::query`] does, and returns the result as Convex sent it.
    ///
    /// # Errors
    /// As [`HttpClient::query`].
    pub async fn query_value<T>(
        &self,
        query: &Query<T>,
        token: Option<&str>,
    ) -> Result<Value, CallError> {
        if let (Some(live), None, None) = (&self.live, token, &self.admin)
            && let Some(answer) = live.answer(query)
        {
            return answer.as_ref().clone();
        }
        let Self {
            endpoints, options, ..
        } = self;
        self.post(&endpoints.query, query, None, token, options.timeout)
            .await
    }

    /// Runs `query` and packs its result for [`use_preloaded_query`](crate::use_preloaded_query).
    ///
    /// # Errors
    /// As [`HttpClient::query`].
    pub async fn preload<T>(
        &self,
        query: &Query<T>,
        token: Option<&str>,
    ) -> Result<Preloaded<T>, CallError> {
        Preloaded::new(query, &self.query_value(query, token).await?)
    }

    /// Asks Convex for the current moment, as Convex writes it.
    pub(super) async fn now(&self) -> Result<String, CallError> {
        let request = self.request(&self.endpoints.query_ts, self.options.timeout);
        let (status, body) = receive(request, "query_ts").await?;
        answer::read_ts(status, &body)
    }

    pub(super) async fn query_value_at<T>(
        &self,
        query: &Query<T>,
        ts: &str,
        token: Option<&str>,
    ) -> Result<Value, CallError> {
        let Self {
            endpoints, options, ..
        } = self;
        let endpoint = &endpoints.query_at_ts;
        self.post(endpoint, query, Some(ts), token, options.timeout)
            .await
    }

    /// Runs `mutation`. It is sent once. After [`CallError::Network`] it is unknown whether it ran.
    ///
    /// # Errors
    /// As [`HttpClient::query`].
    pub async fn mutation<T: DeserializeOwned>(
        &self,
        mutation: &Mutation<T>,
        token: Option<&str>,
    ) -> Result<T, CallError> {
        let Self {
            endpoints, options, ..
        } = self;
        let value = self.post(&endpoints.mutation, mutation, None, token, options.timeout);
        mutation.decode(self.written(value.await)?)
    }

    /// Runs `action`. It is sent once. After [`CallError::Network`] it is unknown whether it ran.
    ///
    /// # Errors
    /// As [`HttpClient::query`].
    pub async fn action<T: DeserializeOwned>(
        &self,
        action: &Action<T>,
        token: Option<&str>,
    ) -> Result<T, CallError> {
        let Self {
            endpoints, options, ..
        } = self;
        let timeout = options.action_timeout;
        let value = self.post(&endpoints.action, action, None, token, timeout);
        action.decode(self.written(value.await)?)
    }

    /// Passes on the outcome of a call that may have written something, even if it failed.
    fn written<R>(&self, outcome: R) -> R {
        if let Some(live) = &self.live {
            live.wrote();
        }
        outcome
    }

    async fn post<K, T>(
        &self,
        endpoint: &Url,
        call: &Call<K, T>,
        ts: Option<&str>,
        token: Option<&str>,
        timeout: Duration,
    ) -> Result<Value, CallError> {
        let mut request = self.request(endpoint, timeout).body(body(call, ts)?);
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, bearer(token)?);
        } else if let Some(key) = &self.admin {
            request = request.header(AUTHORIZATION, key.clone());
        }
        let (status, body) = receive(request, call.path()).await?;
        answer::read(status, &body)
    }

    fn request(&self, endpoint: &Url, timeout: Duration) -> RequestBuilder {
        self.http
            .post(endpoint.clone())
            .timeout(timeout)
            .header(CONTENT_TYPE, "application/json")
            .header("convex-client", CLIENT_HEADER)
    }
}

/// Writes a call as a request body, for the moment `ts` if there is one.
fn body<K, T>(call: &Call<K, T>, ts: Option<&str>) -> Result<String, CallError> {
    let args = call.args()?;
    let mut body = r#"{"format":"convex_encoded_json","path":"#.to_owned();
    write_text(call.path(), &mut body);
    if let Some(ts) = ts {
        body.push_str(r#","ts":"#);
        write_text(ts, &mut body);
    }
    body.push_str(r#","args":["#);
    args.write_json(&mut body);
    body.push_str("]}");
    Ok(body)
}

/// Status and body of the answer.
async fn receive(request: RequestBuilder, function: &str) -> Result<(u16, Vec<u8>), CallError> {
    let (request, span) = traced(request, function);
    let answer = async {
        let response = request.send().await.map_err(network)?;
        let status = response.status().as_u16();
        Ok((status, response.bytes().await.map_err(network)?.into()))
    };
    answer.instrument(span).await
}

impl Endpoints {
    fn of(url: &str) -> Result<Self, BuildError> {
        let refuse = || BuildError::Url {
            url: url.to_owned(),
        };
        let base = Url::parse(url).map_err(|_| refuse())?;
        let host = base.host_str().ok_or_else(refuse)?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(refuse());
        }
        if host.ends_with(".convex.site") {
            return Err(BuildError::SiteUrl {
                url: url.to_owned(),
            });
        }
        let at = |name| {
            let mut endpoint = base.clone();
            endpoint
                .path_segments_mut()
                .map_err(|()| refuse())?
                .pop_if_empty()
                .extend(["api", name]);
            Ok::<_, BuildError>(endpoint)
        };
        Ok(Self {
            base: base.clone(),
            query: at("query")?,
            query_ts: at("query_ts")?,
            query_at_ts: at("query_at_ts")?,
            mutation: at("mutation")?,
            action: at("action")?,
        })
    }
}

fn bearer(token: &str) -> Result<HeaderValue, CallError> {
    let mut header = HeaderValue::try_from(["Bearer ", token].concat()).map_err(|_| {
        CallError::Unauthenticated {
            code: "InvalidAuthHeader".to_owned(),
            message: "the token has characters no token has".to_owned(),
        }
    })?;
    header.set_sensitive(true);
    Ok(header)
}

/// Describes a failure. The message leaves out the URL, because people see it.
fn network(error: reqwest::Error) -> CallError {
    let message = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    tracing::warn!(error = ?error.without_url(), "Convex call failed");
    CallError::Network {
        message: message.to_owned(),
    }
}
