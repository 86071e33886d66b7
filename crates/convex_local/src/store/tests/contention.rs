//! Conflicting transactions.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::*;
use crate::store::transact::{Admittance, Free};
use crate::store::turns::WorkKind;
use crate::value::Object;

/// Adds one to `rank` of the only document.
async fn increment(store: &Store, kind: Option<WorkKind>) -> f64 {
    let run = async |mut tx: Transaction| {
        let rank = tx.ranks(by_user("ann", &[], "asc", json!([])))[0];
        // Takes as long as a function, during which others run.
        tokio::time::sleep(Duration::from_micros(200)).await;
        let id = only_id(&mut tx);
        let value = json!({ "rank": rank + 1.0 });
        tx.call("shallowMerge", json!({ "id": id, "value": value }))
            .expect("patches");
        Ok::<_, CommitError>((rank + 1.0, tx))
    };
    let committed = store.transact(kind, &Free, &run).await;
    committed.expect("commits in the end").0
}

fn only_id(tx: &mut Transaction) -> Json {
    let page = tx.call(
        "queryPage",
        json!({ "query": by_user("ann", &[], "asc", json!([])), "cursor": null, "pageSize": 1 }),
    );
    page.expect("reads")["page"][0]["_id"].clone()
}

async fn db_with_a_counter() -> Db {
    let db = db();
    let mut tx = db.store.begin();
    tx.add("ann", 0);
    db.store.commit(tx).await.expect("commits");
    db
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_clients_on_one_counter_all_commit() {
    const CLIENTS: usize = 20;
    const EACH: usize = 25;
    for kind in [None, Some(WorkKind::of(&"counter:increment"))] {
        let Db { store, dir } = db_with_a_counter().await;
        let client = |_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut seen = Vec::new();
                for _ in 0..EACH {
                    seen.push(increment(&store, kind).await);
                }
                seen
            })
        };
        let all = join_all((0..CLIENTS).map(client)).await;
        let mut seen: Vec<f64> = all
            .into_iter()
            .flat_map(|seen| seen.expect("ends"))
            .collect();
        seen.sort_by(f64::total_cmp);
        let expected: Vec<f64> = (1..=CLIENTS * EACH).map(|n| n as f64).collect();
        assert_eq!(seen, expected, "no two saw the same number");
        drop(store);
        let store = Store::open(dir.path(), StoreOptions::default()).expect("opens again");
        store
            .apply_schema(&root(), Some(&schema()))
            .expect("a good schema");
        let ranks = store.begin().ranks(by_user("ann", &[], "asc", json!([])));
        assert_eq!(ranks, [500.0], "all increments are on disk");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_long_transaction_commits_while_short_ones_never_stop() {
    let Db { store, .. } = db_with_a_counter().await;
    let stop = tokio_util::sync::CancellationToken::new();
    let busy = {
        let (store, stop) = (store.clone(), stop.clone());
        tokio::spawn(async move {
            while !stop.is_cancelled() {
                increment(&store, None).await;
            }
        })
    };
    let long = async |mut tx: Transaction| {
        let rank = tx.ranks(by_user("ann", &[], "asc", json!([])))[0];
        tokio::time::sleep(Duration::from_millis(100)).await;
        tx.add("bob", 1);
        Ok::<_, CommitError>((rank, tx))
    };
    let committed = store.transact(None, &Free, &long).await;
    assert!(committed.is_ok(), "{committed:?}");
    stop.cancel();
    busy.await.expect("ends");
}

#[tokio::test]
async fn a_transaction_commits_over_thousands_of_commits_elsewhere() {
    let Db { store, .. } = db();
    let mut long = store.begin();
    assert!(long.ranks(by_user("ann", &[], "asc", json!([]))).is_empty());
    let commits = (0..3_000).map(|n| {
        let mut tx = store.begin();
        tx.add("bob", n);
        store.commit(tx)
    });
    for committed in join_all(commits).await {
        committed.expect("commits");
    }
    long.add("ann", 1);
    assert!(store.commit(long).await.is_ok());
}

#[tokio::test]
async fn a_transaction_that_reads_what_is_not_yet_on_disk_answers_once_it_is() {
    let Db { store, .. } = db_with_a_counter().await;
    let mut tx = store.begin();
    tx.add("bob", 1);
    let (written, read) = tokio::join!(store.commit(tx), async {
        tokio::task::yield_now().await;
        let read = |tx: &mut Transaction| {
            Ok::<_, CommitError>(tx.ranks(by_user("bob", &[], "asc", json!([]))))
        };
        let ranks = store.write(read).await.expect("reads");
        // An answered commit is in the published data.
        let published = store.begin().ranks(by_user("bob", &[], "asc", json!([])));
        (ranks, published)
    });
    written.expect("commits");
    assert!(read.0.len() <= read.1.len(), "{read:?}");
}

#[tokio::test]
async fn a_query_beside_a_mutation_sees_the_data_that_the_mutation_began_with() {
    let Db { store, .. } = db();
    // A commit that is not on disk yet, so that others do not see it.
    let mut accepted = store.begin();
    accepted.add("bob", 1);
    let mut tx = store.transaction(accepted.reader.view.clone());
    tx.add("bob", 2);
    let of_bob = by_user("bob", &[], "asc", json!([]));
    assert_eq!(tx.beside().ranks(of_bob.clone()), [1.0]);
    assert_eq!(tx.ranks(of_bob), [1.0, 2.0]);
}

/// One of a few places, which a transaction holds from the moment it is let in.
struct OneOf {
    places: Arc<Semaphore>,
    held: Mutex<Option<OwnedSemaphorePermit>>,
}

impl OneOf {
    fn new(places: &Arc<Semaphore>) -> Self {
        let places = Arc::clone(places);
        let held = Mutex::default();
        Self { places, held }
    }
}

impl Admittance<CommitError> for OneOf {
    async fn enter(&self) -> Result<(), CommitError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        *self.held.lock().expect("whole") = place.ok();
        Ok(())
    }

    fn leave(&self) {
        self.held.lock().expect("whole").take();
    }
}

#[tokio::test]
async fn a_line_of_one_kind_takes_no_places_from_others() {
    let Db { store, .. } = db_with_a_counter().await;
    let places = Arc::new(Semaphore::new(4));
    let hot = Some(WorkKind::of(&"counter:increment"));
    let (lost, go_on) = (Notify::new(), Notify::new());
    let runs = Mutex::new(0);
    // The first one in line stops in the middle of its second run.
    let first = async |mut tx: Transaction| {
        let rank = tx.ranks(by_user("ann", &[], "asc", json!([])))[0];
        *runs.lock().expect("whole") += 1;
        if *runs.lock().expect("whole") == 1 {
            increment(&store, None).await;
        } else {
            lost.notify_one();
            go_on.notified().await;
        }
        tx.add("ann", 7);
        Ok::<_, CommitError>((rank, tx))
    };
    let head = OneOf::new(&places);
    let head = store.transact(hot, &head, &first);
    let rest = async {
        lost.notified().await;
        let in_line = (0..20).map(|_| async {
            let place = OneOf::new(&places);
            let run = async |mut tx: Transaction| {
                tx.add("ann", 8);
                Ok::<_, CommitError>(((), tx))
            };
            store.transact(hot, &place, &run).await
        });
        let in_line = join_all(in_line);
        tokio::pin!(in_line);
        assert!(futures::poll!(&mut in_line).is_pending(), "they wait");
        // Meanwhile there is room for work of another kind.
        let place = OneOf::new(&places);
        let run = async |mut tx: Transaction| {
            tx.add("bob", 1);
            Ok::<_, CommitError>(((), tx))
        };
        let other = Some(WorkKind::of(&"other"));
        let other = tokio::select! {
            biased;
            other = store.transact(other, &place, &run) => other,
            _ = &mut in_line => panic!("the line must still wait"),
        };
        other.expect("commits");
        go_on.notify_one();
        for one in in_line.await {
            one.expect("commits in the end");
        }
    };
    let (head, ()) = tokio::join!(head, rest);
    head.expect("commits in the end");
}

#[tokio::test]
async fn a_transaction_that_has_a_place_when_a_line_forms_gives_it_back() {
    let Db { store, .. } = db_with_a_counter().await;
    let places = Arc::new(Semaphore::new(1));
    let kind = Some(WorkKind::of(&"counter:increment"));
    let increments = (0..10).map(|_| async {
        let place = OneOf::new(&places);
        let run = async |mut tx: Transaction| {
            let rank = tx.ranks(by_user("ann", &[], "asc", json!([])))[0];
            place.leave();
            let first = rank == 0.0;
            if first {
                increment(&store, None).await;
            }
            let id = only_id(&mut tx);
            let value = json!({ "rank": rank + 1.0 });
            tx.call("shallowMerge", json!({ "id": id, "value": value }))
                .expect("patches");
            Ok::<_, CommitError>(((), tx))
        };
        store.transact(kind, &place, &run).await.expect("commits");
        place.leave();
    });
    join_all(increments).await;
    let ranks = store.begin().ranks(by_user("ann", &[], "asc", json!([])));
    assert!(ranks[0] >= 11.0, "all have added one: {ranks:?}");
}

#[tokio::test]
async fn a_new_table_does_not_share_its_number_with_a_table_that_is_imported_meanwhile() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens");
    let add = |tx: &mut Transaction| {
        let added = tx.call("insert", json!({ "table": "notes", "value": {} }));
        let id = added.expect("inserts")["_id"].take();
        DocumentId::decode(id.as_str().expect("an id"))
            .expect("an id")
            .table
    };
    let mut tx = store.begin();
    let number = add(&mut tx);
    let table = RestoredTable {
        component: root(),
        name: "imported".into(),
        number: Some(number),
        former: Former::Replaced,
        rows: vec![Object::new()],
    };
    let restore = Restore {
        tables: vec![table],
        needed_files: vec![],
    };
    store.restore(restore).await.expect("imports");
    assert_eq!(store.commit(tx).await, Err(CommitError::Conflict));
    let mut tx = store.begin();
    assert_ne!(add(&mut tx), number);
    store.commit(tx).await.expect("commits");
    drop(store);

    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens again");
    for table in ["imported", "notes"] {
        let query =
            json!({ "source": { "type": "FullTableScan", "tableName": table }, "operators": [] });
        let page = store.begin().call(
            "queryPage",
            json!({ "query": query, "cursor": null, "pageSize": 9 }),
        );
        let page = page.expect("reads")["page"].take();
        assert_eq!(page.as_array().map(Vec::len), Some(1), "{table}");
    }
}
