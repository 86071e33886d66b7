//! The routes that call functions.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use http::HeaderMap;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::caller::Authenticated;
use super::error::ApiError;
use super::format::Format;
use super::request::{ArgsBody, BatchBody, CallAtBody, CallBody, JsonBody, call};
use crate::backend::Backend;
use crate::calls::Kind;
use crate::functions::Outcome;
use crate::store::Timestamp;
use crate::sync::{AnswerError, CallSpec, decode_ts, encode_ts};
use crate::task::to_the_end;

type Shared = State<Arc<Backend>>;
type Answered = Result<Json<CallAnswer>, ApiError>;

/// The response to a call. Its status is 200 even if the function failed.
#[derive(Debug, Serialize)]
#[serde(
    tag = "status",
    rename_all = "lowercase",
    rename_all_fields = "camelCase"
)]
pub(super) enum CallAnswer {
    Success {
        value: Box<RawValue>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        log_lines: Vec<String>,
    },
    Error {
        error_message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        error_data: Option<Box<RawValue>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        log_lines: Vec<String>,
    },
}

impl CallAnswer {
    fn new(
        result: Result<Box<RawValue>, &AnswerError>,
        log_lines: Vec<String>,
        format: Format,
    ) -> Self {
        match result {
            Ok(value) => Self::Success { value, log_lines },
            Err(error) => {
                let error_data = error.data.as_ref().map(|data| format.write(data));
                Self::Error {
                    error_message: error.message.clone(),
                    error_data,
                    log_lines,
                }
            }
        }
    }

    fn of(result: &Result<Value, AnswerError>, log_lines: Vec<String>, format: Format) -> Self {
        Self::new(
            result.as_ref().map(|value| format.write(value)),
            log_lines,
            format,
        )
    }
}

pub(super) async fn query(
    State(backend): Shared,
    Authenticated(who): Authenticated,
    headers: HeaderMap,
    JsonBody(body): JsonBody<CallBody>,
) -> Answered {
    let format = Format::choose(body.format.as_deref(), &headers)?;
    let spec = body.into_spec()?.asked_by(&who);
    Ok(Json(run_query(&backend, &spec, format).await))
}

/// Answers `GET /api/query?path=…&args=…&format=…`
pub(super) async fn query_get(
    State(backend): Shared,
    Authenticated(who): Authenticated,
    headers: HeaderMap,
    RawQuery(parameters): RawQuery,
) -> Answered {
    let parameters = parameters.unwrap_or_default();
    let parameter = |name: &str| {
        let mut pairs = url::form_urlencoded::parse(parameters.as_bytes());
        pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
    };
    let missing = |name: &str| {
        let message = format!("Failed to deserialize query string: missing field `{name}`");
        ApiError::bad_request("BadQueryArgs", message)
    };
    let path = parameter("path").ok_or_else(|| missing("path"))?;
    let args = parameter("args").ok_or_else(|| missing("args"))?;
    let args: &RawValue = serde_json::from_str(&args)
        .map_err(|error| ApiError::bad_request("BadQueryArgs", format!("args: {error}")))?;
    let format = Format::choose(parameter("format").as_deref(), &headers)?;
    let spec = call(&path, args.get())?.asked_by(&who);
    Ok(Json(run_query(&backend, &spec, format).await))
}

/// Answers `/api/query_ts`: a timestamp for several queries of the same moment.
pub(super) async fn query_ts(State(backend): Shared) -> Json<Value> {
    Json(serde_json::json!({ "ts": encode_ts(backend.live.latest()) }))
}

/// Answers `/api/query_at_ts`: a query on the data of an earlier moment.
pub(super) async fn query_at_ts(
    State(backend): Shared,
    Authenticated(who): Authenticated,
    headers: HeaderMap,
    JsonBody(body): JsonBody<CallAtBody>,
) -> Answered {
    let format = Format::choose(body.format.as_deref(), &headers)?;
    let bad_ts = || ApiError::bad_request("BadTimestamp", "Invalid `ts`.");
    let ts = decode_ts(&body.ts).ok_or_else(bad_ts)?;
    if ts > backend.live.latest() {
        return Err(bad_ts());
    }
    let spec = call(&body.path, body.args.get())?.asked_by(&who);
    backend.live.caught_up(ts).await;
    if let Some(entry) = backend.live.kept(&spec, ts) {
        let answer = &entry.answer;
        let value = format.write_kept(answer);
        return Ok(Json(CallAnswer::new(value, answer.logs.clone(), format)));
    }
    let outcome = backend
        .functions
        .query_at(spec.to_call(), Timestamp(ts))
        .await;
    let outcome = outcome.ok_or_else(|| {
        ApiError::new(
            http::StatusCode::SERVICE_UNAVAILABLE,
            "OutOfRetention",
            "The data of that timestamp are not kept any more. Ask for a new one at /api/query_ts.",
        )
    })?;
    let result = outcome.result.map_err(AnswerError::from);
    Ok(Json(CallAnswer::of(&result, outcome.logs, format)))
}

#[derive(Debug, Serialize)]
pub(super) struct BatchAnswer {
    results: Vec<CallAnswer>,
}

pub(super) async fn query_batch(
    State(backend): Shared,
    Authenticated(who): Authenticated,
    headers: HeaderMap,
    JsonBody(body): JsonBody<BatchBody>,
) -> Result<Json<BatchAnswer>, ApiError> {
    let mut calls = Vec::with_capacity(body.queries.len());
    for query in body.queries {
        let format = Format::choose(query.format.as_deref(), &headers)?;
        calls.push((query.into_spec()?.asked_by(&who), format));
    }
    let specs: Vec<_> = calls.iter().map(|(spec, _)| spec.clone()).collect();
    let answers = backend.live.together(specs).await;
    let answers =
        answers.map_err(|error| ApiError::bad_request("TooMuchData", error.to_string()))?;
    let results = answers.iter().zip(&calls).map(|(answer, (_, format))| {
        CallAnswer::new(format.write_kept(answer), answer.logs.clone(), *format)
    });
    Ok(Json(BatchAnswer {
        results: results.collect(),
    }))
}

pub(super) async fn mutation(
    State(backend): Shared,
    Authenticated(who): Authenticated,
    headers: HeaderMap,
    JsonBody(body): JsonBody<CallBody>,
) -> Answered {
    let format = Format::choose(body.format.as_deref(), &headers)?;
    let spec = body.into_spec()?.asked_by(&who);
    let reply = to_the_end(async move { backend.mutation(&spec, None).await }).await;
    Ok(Json(CallAnswer::of(&reply.result, reply.logs, format)))
}

pub(super) async fn action(
    State(backend): Shared,
    Authenticated(who): Authenticated,
    headers: HeaderMap,
    JsonBody(body): JsonBody<CallBody>,
) -> Answered {
    let format = Format::choose(body.format.as_deref(), &headers)?;
    let spec = body.into_spec()?.asked_by(&who);
    let reply = to_the_end(async move { backend.action(&spec).await }).await;
    Ok(Json(CallAnswer::of(&reply.result, reply.logs, format)))
}

/// Answers `/api/function`: a function of any kind.
pub(super) async fn function(
    State(backend): Shared,
    Authenticated(who): Authenticated,
    headers: HeaderMap,
    JsonBody(body): JsonBody<CallBody>,
) -> Answered {
    let format = Format::choose(body.format.as_deref(), &headers)?;
    run_any(backend, body.into_spec()?.asked_by(&who), format).await
}

/// Answers `/api/run/messages/list`: a function of any kind, with its path in the address.
pub(super) async fn run(
    State(backend): Shared,
    Authenticated(who): Authenticated,
    Path(path): Path<String>,
    JsonBody(body): JsonBody<ArgsBody>,
) -> Answered {
    let (module, function) = path.rsplit_once('/').ok_or_else(|| {
        ApiError::bad_request(
            "MissingIdentifier",
            "Path or function name not provided in path, e.g. /api/run/messages/list",
        )
    })?;
    let format = body.format.as_deref().or(Some("json"));
    let format = Format::choose(format, &HeaderMap::new())?;
    let spec = call(&format!("{module}:{function}"), body.args.get())?;
    run_any(backend, spec.asked_by(&who), format).await
}

async fn run_any(backend: Arc<Backend>, spec: CallSpec, format: Format) -> Answered {
    let started = Instant::now();
    let (functions, call) = (backend.functions.clone(), spec.to_call());
    let outcome = to_the_end(async move { functions.run(call).await }).await;
    let (kind, result, logs) = match outcome {
        Ok(Outcome::Mutation(done)) => (Kind::Mutation, done.result, done.logs),
        Ok(Outcome::Action(done)) => (Kind::Action, done.result, done.logs),
        Ok(Outcome::Query(done)) => (Kind::Query, done.result, done.logs),
        // No such function.
        Err(error) => (Kind::Query, Err(error), vec![]),
    };
    let error = result.as_ref().err().map(ToString::to_string);
    backend
        .calls
        .record(kind, spec.path(), started, error, &logs);
    Ok(Json(CallAnswer::of(
        &result.map_err(AnswerError::from),
        logs,
        format,
    )))
}

async fn run_query(backend: &Backend, spec: &CallSpec, format: Format) -> CallAnswer {
    let ts = backend.live.latest();
    backend.live.caught_up(ts).await;
    let entry = backend.live.answer(spec, ts).await;
    let answer = &entry.answer;
    CallAnswer::new(format.write_kept(answer), answer.logs.clone(), format)
}
