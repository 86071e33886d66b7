//! A disk that fails.

use super::*;

#[tokio::test]
async fn after_a_failed_sync_nothing_more_is_committed() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::that_fails_to_confirm(dir.path());
    let mut tx = store.begin();
    tx.add("ann", 1);
    let first = store.commit(tx).await.expect_err("not confirmed");
    assert!(
        first.to_string().contains("takes no more writes"),
        "{first}"
    );
    for n in 2..4 {
        let mut tx = store.begin();
        tx.add("ann", n);
        let error = store.commit(tx).await.expect_err("takes no more");
        assert!(matches!(error, CommitError::DiskFailed(_)), "{error}");
    }
    assert!(store.set_meta("k", "v").is_err());
    // Earlier data can still be read, without the writes that may or may not be on disk.
    assert_eq!(store.tables(&root()), []);
    drop(store);
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens again");
    let mut tx = store.begin();
    tx.add("ann", 5);
    assert!(store.commit(tx).await.is_ok(), "a new start may try again");
}

#[test]
fn the_time_of_a_fresh_folder_starts_now_so_that_clients_of_a_former_one_are_not_ahead() {
    let before = Timestamp(0).next();
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(dir.path(), StoreOptions::default()).expect("opens");
    assert!(store.latest() >= before);
}
