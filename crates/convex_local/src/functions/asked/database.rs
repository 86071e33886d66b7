//! `ctx.db`, in the transaction of a query or mutation.

use std::sync::atomic::Ordering;

use serde_json::Value as Json;

use super::Answer;
use crate::functions::error::FunctionError;
use crate::functions::folder::Kind;
use crate::functions::running::Run;
use crate::lock::lock;
use crate::store::{ComponentPath, DbError, Transaction};

/// Reads a document or decodes its id.
pub(super) fn read(run: &Run, op: &str, args: Json) -> Answer {
    within(run, |tx| tx.syscall_text(run.call.component(), op, args))
}

/// Writes a document.
pub(super) fn write(run: &Run, op: &str, args: Json) -> Answer {
    if run.call.kind() != Some(Kind::Mutation) {
        return Err(FunctionError::new(
            "Only mutations can write to the database",
        ));
    }
    read(run, op, args)
}

/// Runs `work` in the transaction of the run.
pub(super) fn within<T>(
    run: &Run,
    work: impl FnOnce(&mut Transaction) -> Result<T, DbError>,
) -> Result<T, FunctionError> {
    let Some(txn) = &run.txn else {
        return Err(FunctionError::new(format!(
            "The database can only be used in queries and mutations (used by {})",
            run.call.label()
        )));
    };
    work(lock(txn).open()?).map_err(|error| FunctionError::new(error.to_string()))
}

/// Reads a page. The page keeps its end when the query runs again with the journal of the first run.
pub(super) fn page(run: &Run, mut args: Json) -> Answer {
    // The mutations of the Workpool component, which the Resend component uses, read a page.
    let in_component = *run.call.component() != ComponentPath::root();
    if in_component && run.call.kind() == Some(Kind::Query) {
        return Err(FunctionError::new(
            "paginate() is only supported in the app. Learn more at \
             https://docs.convex.dev/components/authoring#pagination",
        ));
    }
    if run.paginated.swap(true, Ordering::Relaxed) {
        return Err(FunctionError::new(
            "This query or mutation function ran multiple paginated queries. Convex only supports \
             a single paginated query in each function.",
        ));
    }
    let root = run.call.depth == 0 && run.call.kind() == Some(Kind::Query);
    if root
        && let Some(txn) = &run.txn
        && let Some(given) = lock(txn).journal.given.take()
        && args.get("endCursor").is_none_or(Json::is_null)
    {
        args["endCursor"] = given.into();
    }
    let page = within(run, |tx| tx.page(run.call.component(), args))?;
    if root && let Some(txn) = &run.txn {
        lock(txn).journal.written = Some(page.cursor);
    }
    Ok(page.text)
}
