//! Tests of the server's connection, by its messages.

use serde_json::{Value as Json, json};

use super::*;
use crate::sync::tests::rig::{key, ts};

fn version(query_set: u32, identity: u32, at: u64) -> Json {
    json!({ "querySet": query_set, "identity": identity, "ts": ts(at) })
}

fn transition(from: &Json, to: &Json, modifications: &Json) -> String {
    json!({
        "type": "Transition", "startVersion": from, "endVersion": to, "modifications": modifications
    })
    .to_string()
}

fn updated(id: u32, value: &Json) -> Json {
    json!({ "type": "QueryUpdated", "queryId": id, "value": value, "logLines": [], "journal": null })
}

fn failed(id: u32) -> Json {
    json!({ "type": "QueryFailed", "queryId": id, "errorMessage": "no", "logLines": [], "journal": null })
}

/// Returns a connection that is subscribed to `a:b`, with its result as of timestamp 5.
fn with_result() -> Follower {
    let (mut follower, _) = Follower::start(Client::new(), 0, "token", 0);
    follower.ask(vec![key("a:b")], &[]);
    let first = transition(
        &version(0, 0, 0),
        &version(1, 1, 5),
        &json!([updated(0, &json!("ann"))]),
    );
    assert!(matches!(follower.receive(&first), Ok(Heard::Moment)));
    follower
}

fn result(follower: &Follower, path: &str) -> Option<String> {
    let result = follower.frame().result(&key(path))?;
    result.decode().ok()
}

#[test]
fn it_authenticates_before_it_subscribes() {
    let (mut follower, greeting) = Follower::start(Client::new(), 0, "tok", 7);
    let greeting = greeting.map(|text| serde_json::from_str::<Json>(&text).expect("JSON"));
    assert_eq!(greeting[0]["type"], "Connect");
    assert_eq!(greeting[1]["type"], "Authenticate");
    assert_eq!(greeting[1]["value"], "tok");
    let asked = follower.ask(vec![key("a:b"), key("a:b"), key("not a path")], &[]);
    let asked: Json = serde_json::from_str(&asked).expect("JSON");
    assert_eq!(asked["baseVersion"], 0);
    assert_eq!(asked["modifications"].as_array().map(Vec::len), Some(1));
    assert_eq!(asked["modifications"][0]["udfPath"], "a:b");
}

#[test]
fn all_results_have_the_same_timestamp() {
    let mut follower = with_result();
    let before = Arc::clone(follower.frame());
    follower.ask(vec![key("a:c")], &[]);
    let both = json!([updated(0, &json!("bob")), updated(1, &json!("cat"))]);
    let next = transition(&version(1, 1, 5), &version(2, 1, 6), &both);
    assert!(matches!(follower.receive(&next), Ok(Heard::Moment)));
    assert_eq!(follower.answered(), 2);
    assert_eq!(result(&follower, "a:b").as_deref(), Some("bob"));
    assert_eq!(result(&follower, "a:c").as_deref(), Some("cat"));
    // A frame taken before still has its results.
    assert_eq!(before.ts(), ts(5));
    assert!(before.result(&key("a:c")).is_none());
    let kept = before.result(&key("a:b")).expect("kept");
    assert_eq!(kept.decode::<String>().expect("text"), "ann");
}

#[test]
fn queries_that_fail_or_are_dropped_have_no_result() {
    let mut follower = with_result();
    let failure = json!([failed(0)]);
    let next = transition(&version(1, 1, 5), &version(1, 1, 6), &failure);
    assert!(matches!(follower.receive(&next), Ok(Heard::Moment)));
    assert_eq!(result(&follower, "a:b"), None);
    assert_eq!(follower.frame().bytes(), 0);

    let mut follower = with_result();
    assert!(follower.frame().bytes() > 0);
    follower.ask(Vec::new(), &[key("a:b")]);
    assert_eq!(result(&follower, "a:b"), None);
    let late = json!([updated(0, &json!("late"))]);
    let next = transition(&version(1, 1, 5), &version(1, 1, 6), &late);
    assert!(matches!(follower.receive(&next), Ok(Heard::Moment)));
    assert_eq!(result(&follower, "a:b"), None);
    assert_eq!(follower.frame().bytes(), 0);
}

#[test]
fn a_result_from_before_the_token_was_accepted_is_not_used() {
    let (mut follower, _) = Follower::start(Client::new(), 0, "token", 0);
    follower.ask(vec![key("a:b")], &[]);
    let early = json!([updated(0, &json!("nobody's"))]);
    let first = transition(&version(0, 0, 0), &version(1, 0, 5), &early);
    assert!(matches!(follower.receive(&first), Ok(Heard::Moment)));
    assert_eq!(result(&follower, "a:b"), None);
    assert_eq!(follower.answered(), 0);
}

#[test]
fn unexpected_messages_end_the_connection() {
    let good = json!([]);
    let odd = [
        "{",
        r#"{"type":"FatalError","error":"x"}"#,
        r#"{"type":"AuthError","error":"x","baseVersion":0}"#,
        r#"{"type":"ActionResponse","requestId":0,"success":true,"result":null,"logLines":[]}"#,
        // A gap, a step back, a query set that was never sent, and another identity.
        &transition(&version(1, 1, 4), &version(1, 1, 6), &good),
        &transition(&version(1, 1, 5), &version(1, 1, 4), &good),
        &transition(&version(1, 1, 5), &version(2, 1, 6), &good),
        &transition(&version(1, 1, 5), &version(1, 2, 6), &good),
    ];
    for text in odd {
        assert_eq!(with_result().receive(text).err(), Some(Ended), "{text}");
    }
    for text in [r#"{"type":"Ping"}"#, r#"{"type":"News"}"#] {
        let heard = with_result().receive(text);
        assert!(matches!(heard, Ok(Heard::Nothing)), "{text}");
    }
}

#[test]
fn a_client_keeps_its_session_id_and_mutations_carry_their_numbers() {
    let client = Client::new();
    let connect = |connections| {
        let (_, [hello, _]) = Follower::start(client, connections, "tok", 7);
        serde_json::from_str::<Json>(&hello).expect("JSON")
    };
    let (first, again) = (connect(0), connect(1));
    assert_eq!(first["sessionId"], again["sessionId"]);
    assert_eq!(again["connectionCount"], 1);

    let args = Value::Object([("a".to_owned(), Value::Float64(1.0))].into());
    let text = mutation(3, "a:write", &args).expect("a path");
    let message: Json = serde_json::from_str(&text).expect("JSON");
    assert_eq!(
        message,
        json!({ "type": "Mutation", "requestId": 3, "udfPath": "a:write", "args": [{ "a": 1 }] })
    );
    assert_eq!(mutation(3, "not a path", &args), None);

    let mut follower = with_result();
    let done = json!({
        "type": "MutationResponse", "requestId": 3, "success": true, "result": "x", "ts": ts(9), "logLines": []
    });
    let heard = follower.receive(&done.to_string());
    let Ok(Heard::Outcome(3, Ok((result, at)))) = heard else {
        panic!("{heard:?}");
    };
    assert_eq!(result.decode::<String>().as_deref(), Ok("x"));
    assert_eq!(at.encode(), ts(9));
    let failed = json!({
        "type": "MutationResponse", "requestId": 4, "success": false, "result": "no", "logLines": []
    });
    let heard = follower.receive(&failed.to_string());
    assert!(matches!(
        heard,
        Ok(Heard::Outcome(4, Err(CallError::Server { .. })))
    ));
}
