//! Queries that are read row by row, several rows in one answer.

use serde::Deserialize;

use super::{Answer, database, parse};
use crate::functions::error::FunctionError;
use crate::functions::running::Run;
use crate::lock::lock;

/// Separates the values of one `streamBatch` answer; JSON never contains it raw.
const RECORD_SEPARATOR: &str = "\x1e";

/// Opens a query that will be read. The runner does not wait for an answer, so an error in the query is returned by
/// the first read.
pub(crate) fn open(run: &Run, stream: u64, args: &str) {
    let opened = parse(args)
        .and_then(|args| database::within(run, |tx| tx.open_stream(run.call.component(), args)));
    lock(&run.streams).insert(stream, opened);
}

/// Closes a query before its end.
pub(crate) fn close(run: &Run, stream: u64) {
    let closed = lock(&run.streams).remove(&stream);
    if let Some(Ok(query)) = closed {
        // A query that the transaction has already closed is not an error.
        let _ = database::within(run, |tx| Ok(tx.close_stream(query)));
    }
}

/// Returns whether the function has the usual limits.
fn may_read_ahead(run: &Run) -> Result<bool, FunctionError> {
    let Some(txn) = &run.txn else {
        return Ok(true);
    };
    Ok(!lock(txn).open()?.is_limited())
}

/// Returns up to `count` of the next values of a query.
pub(super) fn batch(run: &Run, args: &str) -> Answer {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Batch {
        query_id: u64,
        count: usize,
    }
    let Batch { query_id, count } = parse(args)?;
    let query = lock(&run.streams)
        .get(&query_id)
        .cloned()
        .unwrap_or_else(|| Err(FunctionError::new("This query is already used up")))?;
    // With tight limits, nothing is read ahead.
    let count = if may_read_ahead(run)? {
        count.max(1)
    } else {
        1
    };
    let batch = database::within(run, |tx| tx.read_stream(query, count))?;
    Ok(batch.join(RECORD_SEPARATOR))
}
