use serde_json::json;

use super::rig::{Rig, SETTINGS, action_done, auth_error, mutation_done, token, transition, ts};
use crate::{
    call::CallError,
    sync::{Event, InitialAuth, Settings, Timestamp},
    value::{Encoded, Value},
};

#[test]
fn a_mutation_ends_after_its_writes_are_shown() {
    let mut rig = Rig::connected(&["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 0, 5), &[(0, json!(1))]));
    let id = rig.mutate("a:set");
    rig.receive(&mutation_done(id, 9));
    assert!(rig.answers.is_empty());
    rig.receive(&transition((1, 0, 5), (1, 0, 8), &[]));
    assert!(rig.answers.is_empty());
    rig.order.clear();
    rig.receive(&transition((1, 0, 8), (1, 0, 9), &[(0, json!(2))]));
    assert_eq!(rig.order, ["publish", "answer 0"]);
}

#[test]
fn a_failed_mutation_and_a_finished_action_end_at_once() {
    let mut rig = Rig::connected(&["a:a"]);
    let (mutation, action) = (rig.mutate("a:set"), rig.act("a:do"));
    rig.receive(&json!({
        "type": "MutationResponse", "requestId": mutation, "success": false, "result": "Uncaught",
        "errorData": "Not signed in", "logLines": [],
    }));
    assert_eq!(
        rig.answers[&mutation]
            .as_ref()
            .expect_err("failed")
            .to_string(),
        "Not signed in"
    );
    rig.receive(&action_done(action));
    assert_eq!(rig.answers[&action], Ok(Encoded::of(&Value::Float64(1.0))));
    rig.receive(&action_done(action));
}

#[test]
fn mutations_are_sent_again_and_actions_are_not() {
    let mut rig = Rig::connected(&["a:a"]);
    let (first, action, second) = (rig.mutate("a:one"), rig.act("a:do"), rig.mutate("a:two"));
    rig.receive(&mutation_done(first, 9));
    rig.reconnect();
    assert_eq!(rig.answers[&action], Err(CallError::ConnectionLost));
    let again: Vec<_> = rig
        .sent
        .iter()
        .filter(|message| message["type"] == "Mutation")
        .collect();
    assert_eq!(
        again
            .iter()
            .map(|message| &message["requestId"])
            .collect::<Vec<_>>(),
        [&json!(first), &json!(second)]
    );
    rig.receive(&transition((0, 0, 0), (1, 0, 9), &[(0, json!(1))]));
    assert_eq!(rig.answers[&first], Ok(Encoded::of(&Value::Null)));
    rig.receive(&mutation_done(first, 9));
    assert!(!rig.answers.contains_key(&second));
}

#[test]
fn calls_made_while_offline_are_sent_on_connecting_even_actions() {
    let mut rig = Rig::new();
    let (mutation, action) = (rig.mutate("a:set"), rig.act("a:do"));
    rig.drop_connection();
    assert!(
        rig.answers.is_empty(),
        "a call that was never sent does not fail"
    );
    assert_eq!(
        (
            rig.connection.inflight_mutations,
            rig.connection.inflight_actions
        ),
        (1, 1)
    );
    rig.fire(crate::sync::Timer::Reconnect);
    rig.open();
    assert_eq!(
        rig.sent_types(),
        ["Connect", "ModifyQuerySet", "Mutation", "Action"]
    );
    rig.receive(&action_done(action));
    rig.receive(&mutation_done(mutation, 3));
    rig.receive(&transition((0, 0, 0), (1, 0, 3), &[]));
    assert_eq!(rig.answers.len(), 2);
    assert!(!rig.connection.has_inflight_requests());
}

#[test]
fn an_invalid_path_fails_its_call_and_nothing_else() {
    let mut rig = Rig::connected(&["a:a"]);
    let id = rig.mutate("a b c/../:1");
    assert!(matches!(rig.answers[&id], Err(CallError::Server { .. })));
    assert!(rig.socket.is_some());
}

#[test]
fn closing_fails_all_open_and_later_calls() {
    let mut rig = Rig::connected(&["a:a"]);
    let id = rig.mutate("a:set");
    rig.handle(Event::Shutdown(None));
    assert_eq!(rig.answers[&id], Err(CallError::Closed));
    assert_eq!(rig.socket, None);
    let late = rig.mutate("a:set");
    assert_eq!(rig.answers[&late], Err(CallError::Closed));
    assert_eq!(rig.socket, None);
}

#[test]
fn output_of_functions_is_logged_with_their_names() {
    let mut rig = Rig::connected(&["a:a"]);
    let (mutation, action) = (rig.mutate("a:set"), rig.act("a:do"));
    let mut state = transition((0, 0, 0), (1, 0, 5), &[(0, json!(1))]);
    state["modifications"][0]["logLines"] = json!(["[LOG] 'one'", "[WARN] 'two'"]);
    rig.receive(&state);
    for (id, mut answer) in [
        (mutation, mutation_done(mutation, 5)),
        (action, action_done(action)),
    ] {
        answer["logLines"] = json!([format!("[LOG] {id}")]);
        rig.receive(&answer);
    }
    assert_eq!(
        rig.logged,
        [
            "[CONVEX Q(a:a)] [LOG] 'one'",
            "[CONVEX Q(a:a)] [WARN] 'two'",
            "[CONVEX M(a:set)] [LOG] 0",
            "[CONVEX A(a:do)] [LOG] 1",
        ]
    );
}

#[test]
fn errors_of_functions_are_logged_once_with_their_names() {
    let mut rig = Rig::connected(&["a:a"]);
    let (mutation, action) = (rig.mutate("a:set"), rig.act("a:do"));
    let mut state = transition((0, 0, 0), (1, 0, 5), &[]);
    state["modifications"] = json!([{
        "type": "QueryFailed", "queryId": 0, "errorMessage": "Server Error", "logLines": [], "journal": null,
    }]);
    rig.receive(&state);
    let failed = |kind, id| {
        let message = "Uncaught ConvexError: no";
        json!({ "type": kind, "requestId": id, "success": false, "result": message, "errorData": "no", "logLines": ["[LOG] 'one'"] })
    };
    for _ in 0..2 {
        rig.receive(&failed("MutationResponse", mutation));
        rig.receive(&failed("ActionResponse", action));
    }
    assert_eq!(
        rig.logged,
        [
            "[CONVEX Q(a:a)] Server Error",
            "[CONVEX M(a:set)] [LOG] 'one'",
            "[CONVEX M(a:set)] Uncaught ConvexError: no",
            "[CONVEX A(a:do)] [LOG] 'one'",
            "[CONVEX A(a:do)] Uncaught ConvexError: no",
        ]
    );
}

/// Takes the messages to the page's own server, in their order among publications and answers.
fn told(rig: &mut Rig) -> Vec<String> {
    std::mem::take(&mut rig.order)
}

#[test]
fn the_page_s_own_server_is_told_of_seen_timestamps_and_of_writes() {
    let mut rig = Rig::with_settings(Settings {
        tells_server: true,
        ..SETTINGS
    });
    rig.handle(Event::Observed(
        Timestamp::decode(&ts(3)).expect("a moment"),
    ));
    assert_eq!(told(&mut rig), [format!("seen {}", ts(3))]);
    rig.subscribe(&["a:a"]);
    rig.open();
    rig.receive(&transition((0, 0, 0), (1, 0, 5), &[(0, json!(1))]));
    assert_eq!(
        told(&mut rig),
        [format!("seen {}", ts(5)), "publish".to_owned()]
    );
    // The timestamp of a mutation is reported once, before its writes show.
    let id = rig.mutate("a:set");
    rig.receive(&mutation_done(id, 9));
    assert_eq!(told(&mut rig), [format!("seen {}", ts(9))]);
    rig.receive(&transition((1, 0, 5), (1, 0, 9), &[(0, json!(2))]));
    assert_eq!(told(&mut rig), ["publish", "answer 0"]);
    // The timestamp of an action is unknown, so only the fact is reported, even when its answer is lost.
    let action = rig.act("a:do");
    rig.receive(&action_done(action));
    assert_eq!(told(&mut rig), ["wrote", "answer 1"]);
    rig.act("a:do");
    rig.reconnect();
    assert_eq!(told(&mut rig), ["wrote", "answer 2"]);
    rig.reconnect();
    assert!(told(&mut rig).is_empty());
}

#[test]
fn the_page_s_own_server_is_told_of_calls_that_end_without_an_answer() {
    let signed_in = || {
        let mut rig = Rig::with_settings(Settings {
            tells_server: true,
            ..SETTINGS
        });
        rig.handle(Event::SetAuth(InitialAuth::Token(token(
            "alice", 1_000, 900,
        ))));
        rig.subscribe(&["a:a"]);
        rig.open();
        rig.receive(&transition((0, 0, 0), (1, 1, 5), &[(0, json!(1))]));
        told(&mut rig);
        rig
    };
    // The token expires while the action runs.
    let mut rig = signed_in();
    rig.act("a:do");
    rig.receive(&auth_error(1, false));
    assert_eq!(told(&mut rig), ["wrote", "answer 0"]);
    // Convex gives up on the session, and the page is loaded again.
    let fatal = json!({ "type": "FatalError", "error": "broken" });
    let mut rig = signed_in();
    rig.mutate("a:set");
    rig.receive(&fatal);
    assert_eq!(told(&mut rig), ["wrote", "answer 0"]);
    let mut rig = signed_in();
    rig.receive(&fatal);
    assert!(told(&mut rig).is_empty());
}

#[test]
fn without_the_setting_the_server_is_told_nothing() {
    let mut rig = Rig::connected(&["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 0, 5), &[(0, json!(1))]));
    let action = rig.act("a:do");
    rig.receive(&action_done(action));
    assert_eq!(told(&mut rig), ["publish", "answer 0"]);
}
