//! Which results are kept, and how far back they hold.

use serde_json::json;

use super::*;
use crate::store::ReadSet;
use crate::sync::arguments::Arguments;

/// Keeps a result of this many bytes.
fn keep(state: &mut State, path: String, weight: usize) -> (Key, Arc<Entry>) {
    let key = CallSpec::new(path, Arguments::default(), None).key(false);
    let answer = Answer::new(Ok(json!([])), vec![], None);
    let reads = ReadSet::default();
    let mut entry = Entry::new(answer, Asker::Anybody, 1, reads, Clock::Unread);
    entry.weight = weight;
    let entry = Arc::new(entry);
    state.keep(key.clone(), &entry, 0);
    (key, entry)
}

#[test]
fn idle_results_are_bounded_again_once_a_large_one_with_a_subscriber_is_gone() {
    let mut state = State::default();
    let (key, large) = keep(&mut state, "notes:large".into(), 1 << 30);
    assert_eq!(state.weight, 1 << 30, "it has a subscriber");
    state.take_out(&key, &large);
    for number in 0..100 {
        drop(keep(&mut state, format!("notes:n{number}"), 1 << 20));
    }
    assert!(state.weight <= IDLE_WEIGHT, "{}", state.weight);
}

#[test]
fn a_result_does_not_hold_before_commits_that_were_not_seen_yet() {
    let mut state = State {
        recent_floor: 10,
        ..State::default()
    };
    let spec = CallSpec::new("notes:list".to_owned(), Arguments::default(), None);
    let answer = Answer::new(Ok(json!([])), vec![], None);
    let reads = ReadSet::default();
    let entry = Arc::new(Entry::new(answer, Asker::Anybody, 12, reads, Clock::Unread));
    state.keep(spec.key(false), &entry, 0);
    let found = state.find(&spec, 10).expect("it is kept");
    assert!(found.holds_at(12) && !found.holds_at(10));
    // Once they have been seen, the result holds as far back as nothing has changed.
    state.recent_floor = 11;
    state.remember(Arc::new(Commit {
        ts: Timestamp(12),
        writes: vec![],
    }));
    assert!(state.find(&spec, 11).expect("it is kept").holds_at(11));
}
