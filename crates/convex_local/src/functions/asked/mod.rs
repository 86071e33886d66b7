//! The system calls that functions make through `convex/server`.
//!
//! An operation looks at the calling run and at the loaded folder, and returns what has to happen ([`Reply`]). It
//! starts nothing and sends nothing to the process.
//!
//! - `database`: reading and writing documents; `streams`: reading ahead.
//! - `calls`: calls that actions make; `nested`: calls in the caller's transaction.
//! - `jobs`: `ctx.scheduler`; `storage`: `ctx.storage`.
//! - `vectors`: `ctx.vectorSearch()`; `about`: the caller and the running function.

mod about;
mod calls;
mod database;
mod jobs;
mod nested;
mod storage;
mod streams;
mod vectors;

use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use serde::Deserialize;
use serde_json::Value as Json;

use super::error::FunctionError;
use super::folder::Kind;
use super::running::{Call, Context, Run, Txn};
use crate::store::Savepoint;

pub(crate) use nested::settle as settle_nested;
pub(crate) use streams::{close as close_stream, open as open_stream};

/// The result of a system call as JSON text, or the reason of its refusal.
pub(crate) type Answer = Result<String, FunctionError>;

/// What to do after a system call.
pub(crate) enum Reply {
    /// Answer the call now.
    Now(Answer),
    /// Run a function in the caller's transaction. Its result answers the call.
    Nested(Nested),
    /// Run a function on its own. Its result answers the call.
    Call(Call),
    /// Answer the call when this future is done.
    Later(BoxFuture<'static, Answer>),
}

/// A function that is called within a transaction.
pub(crate) struct Nested {
    pub(crate) call: Call,
    pub(crate) txn: Arc<Mutex<Txn>>,
    /// The savepoint to return to if the function fails.
    pub(crate) savepoint: Savepoint,
}

/// The arguments of a function: an object, or, from npm `convex` before 1.4, a list of one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Args {
    List(Vec<Json>),
    One(Json),
}

impl Args {
    fn into_object(self) -> Result<Json, FunctionError> {
        match self {
            Self::One(args) => Ok(args),
            Self::List(list) => <[Json; 1]>::try_from(list)
                .map(|[args]| args)
                .map_err(|list| {
                    FunctionError::new(format!(
                        "Expected to receive a single object as the function's argument. Instead \
                         received {} arguments: {}",
                        list.len(),
                        Json::from(list)
                    ))
                }),
        }
    }
}

/// Parses a system call of `run`, and does what can be done at once.
pub(crate) fn perform(context: &Context, run: &Arc<Run>, op: &str, args: &str) -> Reply {
    let reply = match op {
        "1.0/runUdf" => nested::begin(context, run, args).map(Reply::Nested),
        "1.0/actions/query" => calls::begin(context, run, Kind::Query, args).map(Reply::Call),
        "1.0/actions/mutation" => calls::begin(context, run, Kind::Mutation, args).map(Reply::Call),
        "1.0/actions/action" => calls::begin(context, run, Kind::Action, args).map(Reply::Call),
        "1.0/actions/vectorSearch" => vectors::search(context, run, args),
        "1.0/actions/schedule" | "1.0/actions/cancel_job" => jobs::alone(context, run, op, args),
        "1.0/storageGetUrl"
        | "1.0/storageGetMetadata"
        | "1.0/storageGenerateUploadUrl"
        | "1.0/storageDelete"
        | "1.0/storageStore"
        | "1.0/storageGet"
        | "storage/begin"
        | "storage/finish"
        | "storage/get" => storage::perform(context, run, op, args),
        _ => immediate(context, run, op, args).map(|answer| Reply::Now(Ok(answer))),
    };
    reply.unwrap_or_else(|error| Reply::Now(Err(error)))
}

fn immediate(context: &Context, run: &Run, op: &str, args: &str) -> Answer {
    match op {
        "streamBatch" => streams::batch(run, args),
        "1.0/queryPage" => database::page(run, parse(args)?),
        "1.0/get" | "1.0/count" | "1.0/db/normalizeId" => database::read(run, op, parse(args)?),
        "1.0/insert" | "1.0/shallowMerge" | "1.0/replace" | "1.0/remove" => {
            database::write(run, op, parse(args)?)
        }
        "1.0/getUserIdentity" => Ok(about::user_identity(run)),
        "1.0/createFunctionHandle" => calls::handle(context, run, args),
        "1.0/componentArgument" => Ok("{}".to_owned()),
        "1.0/schedule" | "1.0/cancel_job" => jobs::within(context, run, op, args),
        "1.0/getFunctionMetadata" => Ok(about::function(run)),
        "1.0/getDeploymentMetadata" => Ok(about::deployment()),
        "1.0/getRequestMetadata" => about::request(run),
        "1.0/getSnapshotTs" => about::snapshot(run),
        "1.0/signJwt" => about::sign(context, run, args),
        "1.0/getTransactionMetrics" => about::metrics(run),
        "1.0/auditLog" => Ok(about::audit(run, args)),
        _ => Err(refuse(run, op)),
    }
}

/// Returns the error that names the missing feature and the function that needs it.
fn refuse(run: &Run, op: &str) -> FunctionError {
    let label = run.call.label();
    let feature = match op {
        "1.0/createServiceToken" => "createServiceToken()",
        "1.0/getServiceUrl" => "getServiceUrl()",
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use serde_json::{Value as Json, json};

    use super::Args;

    #[test]
    fn arguments_are_an_object_or_a_list_of_one() {
        let object = json!({ "name": "ann" });
        let read = |args: &Json| {
            let args = serde_json::from_value::<Args>(args.clone()).expect("is JSON");
            args.into_object().map_err(|error| error.message)
        };
        assert_eq!(read(&object).as_ref(), Ok(&object));
        assert_eq!(read(&json!([object])).as_ref(), Ok(&object));
        for (many, count) in [(json!([]), 0), (json!([object, 1]), 2)] {
            let refused = read(&many).expect_err("is not one");
            assert!(
                refused.contains(&format!("received {count} arguments")),
                "{refused}"
            );
        }
    }

    /// Reads the texts of all files in a folder and those below it.
    fn read_all(dir: &Path, extension: &str, into: &mut String) {
        for entry in std::fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.to_string_lossy().into_owned();
            if path.is_dir() {
                read_all(&path, extension, into);
            } else if name.ends_with(extension) && !name.ends_with(".test.ts") {
                into.push_str(&std::fs::read_to_string(&path).expect("a text"));
            }
        }
    }

    /// Returns the quoted strings that begin with the version of an operation.
    fn operations(text: &str) -> BTreeSet<&str> {
        let quoted = text.split('"');
        quoted
            .filter(|text| text.starts_with("1.0/") && !text.contains(char::is_whitespace))
            .collect()
    }

    #[test]
    fn every_operation_of_the_installed_package_is_implemented_or_refused_by_name() {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let (mut package, mut ours) = (String::new(), include_str!("mod.rs").to_owned());
        let convex = here.join("../node_modules/convex/src/server");
        read_all(&convex, ".ts", &mut package);
        read_all(&here.join("node"), ".mjs", &mut ours);
        let (asked, known) = (operations(&package), operations(&ours));
        assert!(asked.len() > 30, "found {asked:?}");
        let unknown: Vec<_> = asked.difference(&known).collect();
        assert!(
            unknown.is_empty(),
            "neither implemented nor refused by name: {unknown:?}"
        );
    }
}
