//! Checks of what is in the database when a backend comes back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Value as Json, json};

use crate::load::{Writer, number};

/// How many of the steps that were sent and not acknowledged were committed, and how many were lost.
#[derive(Debug, Default)]
pub(crate) struct Undecided {
    pub(crate) committed: u64,
    pub(crate) lost: u64,
}

/// Checks what must hold right after a kill.
pub(crate) fn consistent(everything: &Json, writers: &[Arc<Writer>]) -> Undecided {
    let mut undecided = Undecided::default();
    let mut expected = 0;
    for writer in writers {
        let last = last_step(everything, &writer.name);
        let acknowledged = writer.acknowledged.load(Ordering::SeqCst);
        let sent = writer.sent.load(Ordering::SeqCst);
        assert!(
            last >= acknowledged,
            "{} lost a step: {last} of {acknowledged}",
            writer.name
        );
        assert!(
            last <= sent,
            "{} is at a step it never took: {last} of {sent}",
            writer.name
        );
        undecided.committed += last - acknowledged;
        undecided.lost += sent - last;
        let parts = parts_of(everything, &writer.name);
        assert_eq!(
            parts,
            expected_parts(last),
            "half a step of {}",
            writer.name
        );
        expected += parts.len();
        let (count, sum) = followed(everything, &writer.name);
        assert!(
            count <= last && sum <= sum_to(last),
            "scheduled functions of {} ran too often",
            writer.name
        );
    }
    let ids = |way: &str| -> BTreeSet<String> {
        let parts = everything[way].as_array().expect("a list");
        parts.iter().map(Json::to_string).collect()
    };
    assert_eq!(ids("parts").len(), expected, "parts without a writer");
    for index in ["byWriter", "byState"] {
        assert_eq!(
            ids(index),
            ids("parts"),
            "the index and the documents differ: {index}"
        );
    }
    undecided
}

/// Returns whether each step's scheduled function has run exactly once.
pub(crate) fn all_followed(everything: &Json) -> bool {
    let writers = everything["writers"].as_array().expect("a list");
    writers.iter().all(|writer| {
        let last = whole(&writer["last"]);
        let (count, sum) = followed(everything, writer["name"].as_str().expect("a name"));
        (count, sum) == (last, sum_to(last))
    })
}

/// Tells each writer over HTTP how far it came, as a user would look it up. Those over a socket send again instead.
pub(crate) fn catch_up(everything: &Json, writers: &[Arc<Writer>]) {
    for writer in writers.iter().filter(|writer| !writer.resends()) {
        let last = last_step(everything, &writer.name);
        writer.acknowledged.store(last, Ordering::SeqCst);
    }
}

fn last_step(everything: &Json, writer: &str) -> u64 {
    let writers = everything["writers"].as_array().expect("a list");
    let own = writers.iter().find(|row| row["name"] == writer);
    own.map_or(0, |row| whole(&row["last"]))
}

fn followed(everything: &Json, writer: &str) -> (u64, u64) {
    let followers = everything["followers"].as_array().expect("a list");
    let own = followers.iter().find(|row| row["writer"] == writer);
    own.map_or((0, 0), |row| (whole(&row["count"]), whole(&row["sum"])))
}

/// Returns step, number and state of each part of a writer.
fn parts_of(everything: &Json, writer: &str) -> BTreeSet<String> {
    let parts = everything["parts"].as_array().expect("a list");
    let own = parts.iter().filter(|part| part["writer"] == writer);
    own.map(|part| describe(whole(&part["step"]), whole(&part["part"]), &part["state"]))
        .collect()
}

fn expected_parts(last: u64) -> BTreeSet<String> {
    let steps = [(last, "new"), (last.saturating_sub(1), "old")];
    let steps = steps.into_iter().filter(|(step, _)| *step > 0);
    steps
        .flat_map(|(step, state)| (0..3).map(move |part| describe(step, part, &json!(state))))
        .collect()
}

fn describe(step: u64, part: u64, state: &Json) -> String {
    format!("{step} {part} {state}")
}

fn sum_to(last: u64) -> u64 {
    last * (last + 1) / 2
}

fn whole(value: &Json) -> u64 {
    number(value).as_u64().expect("a whole number")
}
