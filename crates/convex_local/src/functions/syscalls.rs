//! What functions ask for: the system calls of `convex/server`.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::call_state::{Call, What, lock};
use super::catalog::Address;
use super::live::Live;
use super::{FunctionError, Kind, actions, jobs, nested, storage};
use crate::store::ComponentPath;

/// Parts the values of one `streamBatch` answer; JSON never holds it raw.
const RECORD_SEPARATOR: char = '\x1e';

type Answer = Result<String, FunctionError>;

/// Does what `op` says and answers `sequence`, at once or when it is done.
pub(crate) fn perform(live: &Arc<Live>, call: &Arc<Call>, sequence: u64, op: &str, args: &str) {
    match op {
        "1.0/runUdf" => nested::start(live, call, sequence, args),
        "1.0/actions/query" => actions::start(live, call, sequence, Kind::Query, args),
        "1.0/actions/mutation" => actions::start(live, call, sequence, Kind::Mutation, args),
        "1.0/actions/action" => actions::start(live, call, sequence, Kind::Action, args),
        "1.0/actions/schedule" | "1.0/actions/cancel_job" => {
            jobs::start(live, call, sequence, op, args);
        }
        "1.0/storageGetUrl"
        | "1.0/storageGetMetadata"
        | "1.0/storageGenerateUploadUrl"
        | "1.0/storageDelete"
        | "storage/begin"
        | "storage/finish"
        | "storage/get" => storage::start(live, call, sequence, op, args),
        _ => live.answer(sequence, immediate(live, call, op, args)),
    }
}

fn immediate(live: &Arc<Live>, call: &Arc<Call>, op: &str, args: &str) -> Answer {
    match op {
        "streamBatch" => stream_batch(call, args),
        "1.0/queryPage" => query_page(call, parse(args)?),
        "1.0/get" | "1.0/count" | "1.0/db/normalizeId" => database(call, op, parse(args)?),
        "1.0/insert" | "1.0/shallowMerge" | "1.0/replace" | "1.0/remove" => {
            if call.kind() != Some(Kind::Mutation) {
                return Err(FunctionError::new(
                    "Only mutations can write to the database",
                ));
            }
            database(call, op, parse(args)?)
        }
        "1.0/getUserIdentity" => Ok(user_identity(call)),
        "1.0/createFunctionHandle" => function_handle(live, call, args),
        "1.0/componentArgument" => Ok("{}".to_owned()),
        "1.0/schedule" | "1.0/cancel_job" => jobs::within(live, call, op, args),
        "1.0/getFunctionMetadata" => Ok(metadata(call)),
        "1.0/getDeploymentMetadata" => {
            Ok(json!({ "name": "convex-local", "region": null, "class": "local" }).to_string())
        }
        "1.0/getRequestMetadata" => Ok(json!({
            "ip": null,
            "userAgent": null,
            "requestId": call.request.id.to_string(),
            "scheduledFunctionId": null,
            "authToken": null,
        })
        .to_string()),
        _ => Err(refuse(call, op)),
    }
}

/// Says which feature is missing and which function wanted it.
fn refuse(call: &Call, op: &str) -> FunctionError {
    let label = call.label();
    let feature = match op {
        "1.0/actions/vectorSearch" => "Vector search",
        "1.0/createServiceToken" => "Service tokens",
        "1.0/auditLog" | "1.0/writeDeploymentAuditLog" => "The audit log",
        "1.0/getTransactionMetrics" => "getTransactionMetrics()",
        _ => return FunctionError::new(format!("Unknown operation {op} (used by {label})")),
    };
    FunctionError::new(format!(
        "{feature} is not available in convex-local (used by {label})"
    ))
}

fn parse<'a, T: Deserialize<'a>>(args: &'a str) -> Result<T, FunctionError> {
    serde_json::from_str(args)
        .map_err(|error| FunctionError::new(format!("Invalid arguments of a system call: {error}")))
}

/// One system call on the transaction of a query or mutation.
fn database(call: &Call, op: &str, args: Json) -> Answer {
    database_json(call, op, args).map(|answer| answer.to_string())
}

fn database_json(call: &Call, op: &str, args: Json) -> Result<Json, FunctionError> {
    let Some(txn) = &call.txn else {
        return Err(FunctionError::new(format!(
            "The database can only be used in queries and mutations (used by {})",
            call.label()
        )));
    };
    lock(txn)
        .open()?
        .syscall(call.component(), op, args)
        .map_err(|error| FunctionError::new(error.to_string()))
}

/// `N id stream args`: a query that will be read. The runner does not wait for an answer, so
/// what is wrong with the query is said when it is first read.
pub(crate) fn open_stream(call: &Call, rest: &str) {
    let Some((stream, args)) = rest.split_once(' ') else {
        return;
    };
    let Ok(stream) = stream.parse() else { return };
    let opened = parse(args)
        .and_then(|args| database_json(call, "1.0/queryStream", args))
        .map(|answer| answer.get("queryId").cloned().unwrap_or_default());
    lock(&call.streams).insert(stream, opened);
}

/// `D id stream`: a query that will be read no further.
pub(crate) fn close_stream(call: &Call, rest: &str) {
    let Ok(stream) = rest.trim().parse() else {
        return;
    };
    let closed = lock(&call.streams).remove(&stream);
    if let Some(Ok(query)) = closed {
        // Closing what the transaction has closed already is no error worth telling.
        let _ = database_json(call, "1.0/queryCleanup", json!({ "queryId": query }));
    }
}

/// Up to `count` next values of a query in one answer.
fn stream_batch(call: &Call, args: &str) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Batch {
        query_id: u64,
        count: usize,
    }
    let Batch { query_id, count } = parse(args)?;
    let query = lock(&call.streams)
        .get(&query_id)
        .cloned()
        .unwrap_or_else(|| Err(FunctionError::new("This query is already used up")))?;
    let mut batch = String::new();
    for index in 0..count.max(1) {
        let next = match database_json(call, "1.0/queryStreamNext", json!({ "queryId": query })) {
            Ok(next) => next,
            // The values before the error come first; reading on meets the error again.
            Err(_) if index > 0 => break,
            Err(error) => return Err(error),
        };
        if index > 0 {
            batch.push(RECORD_SEPARATOR);
        }
        batch.push_str(&next.to_string());
        if next.get("done").and_then(Json::as_bool).unwrap_or(true) {
            break;
        }
    }
    Ok(batch)
}

/// A page keeps its end when the query is run again with the journal of the first run.
fn query_page(call: &Call, mut args: Json) -> Answer {
    // The Workpool component, and with it the one for mails, reads a page in its mutations.
    let in_component = *call.component() != ComponentPath::root();
    if in_component && call.kind() == Some(Kind::Query) {
        return Err(FunctionError::new(
            "paginate() is only supported in the app. Learn more at \
             https://docs.convex.dev/components/authoring#pagination",
        ));
    }
    if call.paginated.swap(true, Ordering::Relaxed) {
        return Err(FunctionError::new(
            "This query or mutation function ran multiple paginated queries. Convex only supports \
             a single paginated query in each function.",
        ));
    }
    let root = call.depth == 0 && call.kind() == Some(Kind::Query);
    if root
        && let Some(txn) = &call.txn
        && let Some(given) = lock(txn).journal.given.take()
        && args.get("endCursor").is_none_or(Json::is_null)
    {
        args["endCursor"] = given.into();
    }
    let answer = database_json(call, "1.0/queryPage", args)?;
    if root
        && let Some(txn) = &call.txn
        && let Some(cursor) = answer.get("continueCursor").and_then(Json::as_str)
    {
        lock(txn).journal.written = Some(cursor.to_owned());
    }
    Ok(answer.to_string())
}

fn user_identity(call: &Call) -> String {
    if let Some(txn) = &call.txn {
        lock(txn).used_identity = true;
    }
    match &call.identity {
        Some(identity) => identity.claims.to_string(),
        None => "null".to_owned(),
    }
}

fn function_handle(live: &Arc<Live>, call: &Call, args: &str) -> Answer {
    let address: Address = parse(args)?;
    let function = live.catalog.resolve(call.mount(), &address)?;
    Ok(Json::from(function.handle()).to_string())
}

fn metadata(call: &Call) -> String {
    let name = match &call.what {
        What::Function(function) => &function.path,
        What::Http { label, .. } => label,
    };
    json!({ "name": name, "componentPath": call.mount() }).to_string()
}
