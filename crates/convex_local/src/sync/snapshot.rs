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
/// others are computed again.
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
    loop {
        live.caught_up(ts).await;
        let results: Vec<_> = wanted
            .iter()
            .map(|query| result_at(live, query, ts, turns))
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
            Some(newer) => ts = ts.max(newer),
        }
    }
}

async fn result_at(
    live: &LiveQueries,
    query: &Wanted,
    ts: u64,
    turns: Option<&Turns>,
) -> Arc<Entry> {
    if let Some(entry) = query.held.as_ref().filter(|entry| entry.holds_at(ts)) {
        return entry.clone();
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
    live.answer(&query.spec, ts).await
}
