//! The HTTP client of the exporter, which is this server's own, so that no library chooses cryptography for the
//! process.

use std::{fmt, future::Future, pin::Pin};

use leptos_convex::server::{BuildError, deployment_client};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use tokio::runtime::Handle;

/// A client that sends in the runtime in which it was created, since the exporter's thread has none.
pub(super) struct Client {
    http: reqwest::Client,
    runtime: Handle,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

impl Client {
    pub(super) fn new(endpoint: &str) -> Result<Self, BuildError> {
        Ok(Self {
            http: deployment_client(endpoint)?.build()?,
            runtime: Handle::current(),
        })
    }
}

impl HttpClient for Client {
    fn send_bytes<'client, 'sent>(
        &'client self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'sent>>
    where
        'client: 'sent,
        Self: 'sent,
    {
        let http = self.http.clone();
        let sent = self.runtime.spawn(async move {
            let answer = http
                .execute(request.try_into()?)
                .await?
                .error_for_status()?;
            let mut response = Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                headers.extend(answer.headers().clone());
            }
            Ok::<_, HttpError>(response.body(answer.bytes().await?)?)
        });
        Box::pin(async { sent.await? })
    }
}
