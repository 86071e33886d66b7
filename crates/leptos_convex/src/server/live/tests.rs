use std::time::{Duration, Instant};

use super::{
    LiveOptions,
    answers::{Answers, Lookup},
};
use crate::{Query, Value, call::QueryKey};

fn key(path: &'static str) -> QueryKey {
    Query::<Value>::new(path, ()).key().expect("encodes")
}

fn known(answers: &mut Answers, path: &'static str, now: Instant) -> Option<Value> {
    match answers.look_up(&key(path), now) {
        Lookup::Known(answer) => answer.as_ref().clone().ok(),
        Lookup::Unknown | Lookup::Wanted => None,
    }
}

#[test]
fn the_first_lookup_makes_a_query_live() {
    let mut answers = Answers::new(LiveOptions::default());
    let now = Instant::now();
    assert_eq!(answers.look_up(&key("a:b"), now), Lookup::Wanted);
    assert_eq!(answers.look_up(&key("a:b"), now), Lookup::Unknown);
    answers.set(&key("a:b"), Ok(Value::Int64(1)));
    assert_eq!(known(&mut answers, "a:b", now), Some(Value::Int64(1)));
    answers.set(&key("a:b"), Ok(Value::Int64(2)));
    assert_eq!(known(&mut answers, "a:b", now), Some(Value::Int64(2)));
}

#[test]
fn results_are_not_used_after_the_connection_is_lost() {
    let mut answers = Answers::new(LiveOptions::default());
    let now = Instant::now();
    answers.look_up(&key("a:b"), now);
    answers.set(&key("a:b"), Ok(Value::Null));
    answers.forget_results();
    assert_eq!(answers.look_up(&key("a:b"), now), Lookup::Unknown);
    answers.set(&key("a:b"), Ok(Value::Null));
    assert_eq!(known(&mut answers, "a:b", now), Some(Value::Null));
}

#[test]
fn after_a_write_results_are_fetched_until_pushes_have_arrived() {
    let mut answers = Answers::new(LiveOptions::default());
    let now = Instant::now();
    answers.look_up(&key("a:b"), now);
    answers.set(&key("a:b"), Ok(Value::Null));
    answers.wrote(now);
    assert_eq!(known(&mut answers, "a:b", now), None);
    assert_eq!(
        known(&mut answers, "a:b", now + LiveOptions::default().settle),
        Some(Value::Null)
    );
}

#[test]
fn no_more_queries_are_held_than_allowed_and_idle_ones_make_room() {
    let mut answers = Answers::new(LiveOptions {
        max_queries: 2,
        ..LiveOptions::default()
    });
    let (start, idle) = (Instant::now(), Duration::from_secs(10));
    assert_eq!(answers.look_up(&key("a:a"), start), Lookup::Wanted);
    assert_eq!(answers.look_up(&key("a:b"), start), Lookup::Wanted);
    assert_eq!(answers.look_up(&key("a:c"), start), Lookup::Unknown);

    answers.look_up(&key("a:b"), start + idle / 2);
    assert_eq!(answers.give_up_idle(idle, start + idle), [key("a:a")]);
    assert_eq!(answers.look_up(&key("a:c"), start + idle), Lookup::Wanted);
    // A late result of a dropped query is ignored.
    answers.set(&key("a:a"), Ok(Value::Null));
    assert_eq!(answers.look_up(&key("a:a"), start + idle), Lookup::Unknown);
}
