//! All queries of one client at the same moment.

use std::sync::Arc;

use futures::future::join_all;

use super::entry::Entry;
use super::live::LiveQueries;
use super::spec::CallSpec;

/// A query of the client and the result it has, if it still may be good.
pub(super) struct Wanted {
    pub(super) query_id: u32,
    pub(super) spec: CallSpec,
    pub(super) held: Option<Arc<Entry>>,
}

/// Results of several queries, all true at `ts`.
pub(super) struct Snapshot {
    pub(super) ts: u64,
    pub(super) results: Vec<(u32, Arc<Entry>)>,
}

/// Gathers results for all of `wanted` that hold at one time stamp.
///
/// Functions run on the newest data, so results of runs that took different time may be of
/// different moments. The newest of them is then tried for all; the older results usually still
/// hold there, and only those that do not are computed again.
pub(super) async fn gather(live: &LiveQueries, wanted: &[Wanted]) -> Snapshot {
    let mut ts = live.latest();
    loop {
        live.caught_up(ts).await;
        let entries = join_all(wanted.iter().map(|query| result_at(live, query, ts))).await;
        let outliers = entries.iter().filter(|entry| !entry.holds_at(ts));
        match outliers.map(|entry| entry.valid_from()).max() {
            None => {
                let ids = wanted.iter().map(|query| query.query_id);
                return Snapshot {
                    ts,
                    results: ids.zip(entries).collect(),
                };
            }
            Some(newer) => ts = ts.max(newer),
        }
    }
}

async fn result_at(live: &LiveQueries, query: &Wanted, ts: u64) -> Arc<Entry> {
    match &query.held {
        Some(entry) if entry.holds_at(ts) => entry.clone(),
        _ => live.answer(&query.spec, ts).await,
    }
}
