//! The results of all queries of one client at the same moment.

use std::sync::Arc;

use futures::{StreamExt as _, stream};

use super::answer::Answer;
use super::bounds::{MAX_SHOWN_BYTES, QUERIES_AT_ONCE, Turns};
use super::entry::Entry;
use super::live::LiveQueries;
use super::spec::CallSpec;

/// A query of the client and its current result, if that may still be valid.
pub(super) struct Wanted {
    pub(super) query_id: u32,
    pub(super) spec: CallSpec,
    pub(super) held: Option<Arc<Entry>>,
}

/// The error of results that have more bytes than one client may have.
#[derive(Debug, thiserror::Error)]
#[error("The results of all queries of one client may take {MAX_SHOWN_BYTES} bytes together")]
pub(crate) struct TooMuch;

/// Results of several queries, all valid at `ts`.
pub(super) struct Snapshot {
    pub(super) ts: u64,
    pub(super) results: Vec<(u32, Arc<Entry>)>,
}

impl LiveQueries {
    /// Returns the answers of several queries, all of one moment.
    ///
    /// # Errors
    /// When they have more bytes than one client may have.
    pub(crate) async fn together(&self, specs: Vec<CallSpec>) -> Result<Vec<Arc<Answer>>, TooMuch> {
        let wanted = |(query_id, spec)| Wanted {
            query_id,
            spec,
            held: None,
        };
        let wanted: Vec<_> = (0..).zip(specs).map(wanted).collect();
        let snapshot = gather(self, &wanted, None).await?;
        let answers = snapshot.results.into_iter();
        Ok(answers.map(|(_, entry)| entry.answer.clone()).collect())
    }
}

/// Gathers results for all of `wanted` that are valid at one timestamp.
///
/// Functions run on the newest data, so results of runs that took different times may be of different moments. Then
/// the newest of these moments is tried for all. Most of the older results are usually still valid there, and only the
/// others are computed again, on the data of that moment: so this ends even if the data change all the time.
///
/// Only some queries run at once, so that other clients have their turn in between. With `turns`, each run waits for
/// one as [`Turns::call`] describes.
///
/// # Errors
/// When the results have more bytes than one client may have. The remaining ones are then not computed.
pub(super) async fn gather(
    live: &LiveQueries,
    wanted: &[Wanted],
    turns: Option<&Turns>,
) -> Result<Snapshot, TooMuch> {
    let mut ts = live.latest();
    let mut known: Vec<_> = wanted.iter().map(|query| query.held.clone()).collect();
    let mut run = Run::OnNewest;
    loop {
        live.caught_up(ts).await;
        let results: Vec<_> = wanted
            .iter()
            .zip(&known)
            .map(|(query, known)| result_at(live, query, known.clone(), ts, run, turns))
            .collect();
        let mut results = stream::iter(results).buffered(QUERIES_AT_ONCE);
        let (mut entries, mut bytes) = (Vec::with_capacity(wanted.len()), 0);
        while let Some(entry) = results.next().await {
            bytes += entry.answer.tail().tail.len();
            if bytes > MAX_SHOWN_BYTES {
                return Err(TooMuch);
            }
            entries.push(entry);
        }
        let outliers = entries.iter().filter(|entry| !entry.holds_at(ts));
        match outliers.map(|entry| entry.valid_from()).max() {
            None => {
                let ids = wanted.iter().map(|query| query.query_id);
                return Ok(Snapshot {
                    ts,
                    results: ids.zip(entries).collect(),
                });
            }
            Some(newer) => {
                ts = ts.max(newer);
                known = entries.into_iter().map(Some).collect();
                run = Run::OnMoment;
            }
        }
    }
}

/// The data that a query runs on.
#[derive(Clone, Copy)]
enum Run {
    /// The newest, so that the result can be kept for others.
    OnNewest,
    /// Those of the wanted moment.
    OnMoment,
}

async fn result_at(
    live: &LiveQueries,
    query: &Wanted,
    known: Option<Arc<Entry>>,
    ts: u64,
    run: Run,
    turns: Option<&Turns>,
) -> Arc<Entry> {
    if let Some(entry) = known.filter(|entry| entry.holds_at(ts)) {
        return entry;
    }
    if let Some(entry) = live.kept(&query.spec, ts) {
        return entry;
    }
    let _turn = match turns {
        Some(turns) => {
            turns
                .call(query.spec.is_anonymous(), query.spec.length())
                .await
        }
        None => None,
    };
    match run {
        Run::OnNewest => live.answer(&query.spec, ts).await,
        Run::OnMoment => live.answer_at(&query.spec, ts).await,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use serde_json::{Value as Json, json};

    use super::*;
    use crate::functions::{Functions, FunctionsConfig};
    use crate::store::{ComponentPath, Store, StoreOptions};
    use crate::sync::arguments::Arguments;

    async fn write(store: &Store, op: &str, args: Json) -> Json {
        let mut tx = store.begin();
        let answer = tx.syscall(&ComponentPath::root(), op, args);
        let answer = answer.expect("a good call");
        store.commit(tx).await.expect("commits");
        answer
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn data_that_change_all_the_time_hold_up_no_answer() {
        let data = tempfile::tempdir().expect("a folder");
        let store = Store::open(data.path(), StoreOptions { durable: false }).expect("a store");
        let convex = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/todos/convex");
        let mut config = FunctionsConfig::new(convex, data.path());
        config.watch = false;
        config.env.insert("TEST_JWKS".into(), "{}".into());
        let functions = Functions::start(config, store.clone()).await;
        let live = LiveQueries::start(functions.expect("starts"), store.clone(), Arc::default());
        let note = json!({ "table": "notes", "value": { "text": "new" } });
        let note = write(&store, "1.0/insert", note).await;
        let specs = || {
            ["notes:list", "notes:count"]
                .map(|path| CallSpec::new(path.to_owned(), Arguments::default(), None))
                .to_vec()
        };
        // The functions are loaded before the data begin to change.
        assert!(live.together(specs()).await.is_ok());

        let writer = store.clone();
        let writing = tokio::spawn(async move {
            for number in 0_u64.. {
                let text = number.to_string();
                let change = json!({ "id": note["_id"], "value": { "text": text } });
                write(&writer, "1.0/replace", change).await;
            }
        });
        for _ in 0..3 {
            let answers = tokio::time::timeout(Duration::from_secs(60), live.together(specs()));
            let answers = answers.await.expect("in time").expect("short answers");
            assert!(answers.iter().all(|answer| answer.result.is_ok()));
        }
        writing.abort();
    }
}
