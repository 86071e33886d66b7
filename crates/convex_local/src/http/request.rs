//! Bodies of function calls.

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::error::ApiError;
use crate::sync::{Arguments, CallSpec, parse_path};

/// The body of `/api/query`, `/api/mutation`, `/api/action` and `/api/function`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CallBody {
    pub(super) path: String,
    pub(super) args: Box<RawValue>,
    pub(super) format: Option<String>,
    component_path: Option<String>,
}

impl CallBody {
    /// Returns the call that it describes.
    pub(super) fn into_spec(self) -> Result<CallSpec, ApiError> {
        let spec = call(&self.path, self.args.get())?;
        Ok(match self.component_path.as_deref() {
            None | Some("") => spec,
            Some(component) => spec.about(component),
        })
    }
}

/// The body of `/api/query_at_ts`.
#[derive(Debug, Deserialize)]
pub(super) struct CallAtBody {
    pub(super) path: String,
    pub(super) args: Box<RawValue>,
    pub(super) ts: String,
    pub(super) format: Option<String>,
}

/// The body of `/api/query_batch`.
#[derive(Debug, Deserialize)]
pub(super) struct BatchBody {
    pub(super) queries: Vec<CallBody>,
}

/// The body of `/api/run/{path}`.
#[derive(Debug, Deserialize)]
pub(super) struct ArgsBody {
    pub(super) args: Box<RawValue>,
    pub(super) format: Option<String>,
}

/// A JSON body; a refusal names the mistake in it.
pub(super) struct JsonBody<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::bad_request(
                "BadJsonBody",
                "Expected request with `Content-Type: application/json`",
            ));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| {
                let code = match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => "BodyTooLarge",
                    _ => "BadJsonBody",
                };
                ApiError::new(rejection.status(), code, rejection.body_text())
            })?;
        match serde_json::from_slice(&body) {
            Ok(value) => Ok(Self(value)),
            Err(error) => Err(ApiError::bad_request(
                "BadJsonBody",
                format!("Failed to parse the request body as JSON: {error}"),
            )),
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let essence = kind
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

/// Returns the call that `path` and `args` describe.
pub(super) fn call(path: &str, args: &str) -> Result<CallSpec, ApiError> {
    let bad_path = |error: &str| {
        let message = format!("{path} is not a valid path to a Convex function. {error}");
        ApiError::bad_request("BadConvexFunctionIdentifier", message)
    };
    if let Err(error) = parse_path(path) {
        return Err(bad_path(&error));
    }
    let args = Arguments::from_text(args).map_err(|why| ApiError::bad_request("BadArgs", why))?;
    Ok(CallSpec::new(path.to_owned(), args, None))
}
