//! `fetch` of the browser.

use futures::future::{Either, select};
use gloo_net::http::{Request, RequestBuilder, Response};
use gloo_timers::future::TimeoutFuture;
use send_wrapper::SendWrapper;
use web_sys::{AbortController, RequestCredentials};

use super::{AuthRequest, AuthResponse};
use crate::{AuthError, AuthErrorCode};

/// The time limit of a request.
const TIMEOUT_MS: u32 = 30_000;

/// Sends a request. The future is only formally `Send`, since there is one thread.
pub(crate) fn fetch(
    request: AuthRequest,
) -> impl Future<Output = Result<AuthResponse, AuthError>> + Send {
    SendWrapper::new(async move {
        let abort = AbortController::new().ok();
        let signal = abort.as_ref().map(AbortController::signal);
        let exchange = Box::pin(exchange(request, signal));
        match select(exchange, TimeoutFuture::new(TIMEOUT_MS)).await {
            Either::Left((answer, _)) => answer,
            Either::Right(_) => {
                if let Some(abort) = abort {
                    abort.abort();
                }
                let text = "The sign-in service took too long. Please try again.";
                Err(AuthError::new(AuthErrorCode::UpstreamTimeout, text, 0))
            }
        }
    })
}

async fn exchange(
    request: AuthRequest,
    signal: Option<web_sys::AbortSignal>,
) -> Result<AuthResponse, AuthError> {
    let response = send(request, signal)
        .await
        .map_err(|_| AuthError::unreachable())?;
    let body = response
        .text()
        .await
        .map_err(|_| AuthError::unreachable())?;
    let retry_after = response.headers().get("x-retry-after");
    Ok(AuthResponse {
        status: response.status(),
        retry_after: retry_after.and_then(|seconds| seconds.parse().ok()),
        body,
    })
}

async fn send(
    request: AuthRequest,
    signal: Option<web_sys::AbortSignal>,
) -> Result<Response, gloo_net::Error> {
    let method = if request.body.is_some() {
        Request::post
    } else {
        Request::get
    };
    let builder = method(&request.url)
        .credentials(RequestCredentials::SameOrigin)
        .header("accept", "application/json")
        .abort_signal(signal.as_ref());
    let builder = with_bearer(builder, request.bearer.as_deref());
    match request.body {
        Some(body) => {
            builder
                .header("content-type", "application/json")
                .body(body)?
                .send()
                .await
        }
        None => builder.send().await,
    }
}

fn with_bearer(builder: RequestBuilder, bearer: Option<&str>) -> RequestBuilder {
    match bearer {
        Some(token) => builder.header("authorization", &format!("Bearer {token}")),
        None => builder,
    }
}
