use serde_json::json;

use super::rig::{Rig, SETTINGS, auth_error, key, token, transition};
use crate::{
    call::CallError,
    sync::{AuthStatus, Event, InitialAuth, Settings, Timer, TokenOutcome},
};

fn fresh(person: &str, issued: u32) -> TokenOutcome {
    TokenOutcome::Token(token(person, issued, 900))
}

#[test]
fn with_a_token_from_the_server_the_first_frames_are_connect_authenticate_queries() {
    let mut rig = Rig::signed_in("alice", &["a:a"]);
    assert_eq!(
        rig.auth_history,
        [AuthStatus::Authenticated],
        "the first status is already that of a signed-in person"
    );
    assert_eq!(rig.sent[1]["value"], token("alice", 1_000, 900));
    assert_eq!(
        rig.sent_types(),
        ["Connect", "Authenticate", "ModifyQuerySet"]
    );
    rig.receive(&transition((0, 0, 0), (0, 1, 5), &[]));
    rig.receive(&transition((0, 1, 5), (1, 1, 5), &[(0, json!(1))]));
    assert_eq!(
        (rig.fetches, rig.shows("a:a")),
        (0, Some(json!(1))),
        "no token is fetched twice"
    );
    assert_eq!(
        rig.delay(Timer::RefreshToken),
        Some(840_000.0),
        "renewed a minute before it expires"
    );
}

#[test]
fn until_a_token_is_known_no_query_is_sent_and_the_status_is_loading() {
    let mut rig = Rig::new();
    rig.handle(Event::SetAuth(InitialAuth::Unknown));
    rig.subscribe(&["a:a"]);
    rig.open();
    assert_eq!(rig.sent_types(), ["Connect"]);
    rig.token(TokenOutcome::Unknown);
    assert_eq!(
        (rig.auth.status, rig.delay(Timer::RefreshToken)),
        (AuthStatus::Loading, Some(500.0))
    );
    rig.fire(Timer::RefreshToken);
    rig.token(fresh("alice", 1_000));
    assert_eq!(rig.sent_types(), ["Authenticate", "ModifyQuerySet"]);
    assert_eq!(
        rig.auth.status,
        AuthStatus::Loading,
        "loading until the backend confirms the token"
    );
    rig.receive(&transition((0, 0, 0), (1, 1, 5), &[(0, json!(1))]));
    assert_eq!(rig.auth_history, [AuthStatus::Authenticated]);
}

#[test]
fn with_expect_auth_nothing_is_sent_before_the_person_is_known() {
    let expecting = || {
        let mut rig = Rig::with_settings(Settings {
            expect_auth: true,
            ..SETTINGS
        });
        rig.subscribe(&["a:a"]);
        rig.mutate("m:m");
        rig.open();
        assert_eq!(rig.sent_types(), ["Connect"]);
        rig
    };
    let mut rig = expecting();
    rig.handle(Event::SetAuth(InitialAuth::Token(token(
        "alice", 1_000, 900,
    ))));
    assert_eq!(
        rig.sent_types(),
        ["Authenticate", "ModifyQuerySet", "Mutation"]
    );
    for nobody in [Event::SetAuth(InitialAuth::SignedOut), Event::ClearAuth] {
        let mut rig = expecting();
        rig.handle(nobody);
        assert_eq!(rig.sent_types(), ["ModifyQuerySet", "Mutation"]);
    }
}

#[test]
fn a_token_is_renewed_the_configured_time_before_it_expires() {
    for (renewal_leeway, delay) in [(10_000, 890_000.0), (600_000, 675_000.0)] {
        let mut rig = Rig::with_settings(Settings {
            renewal_leeway,
            ..SETTINGS
        });
        let token = InitialAuth::Token(token("alice", 1_000, 900));
        rig.handle(Event::SetAuth(token));
        rig.subscribe(&["a:a"]);
        rig.open();
        rig.receive(&transition((0, 0, 0), (1, 1, 5), &[(0, json!(1))]));
        assert_eq!(rig.delay(Timer::RefreshToken), Some(delay));
    }
}

#[test]
fn without_a_session_the_client_is_signed_out_and_sends_no_authenticate() {
    let mut rig = Rig::new();
    rig.handle(Event::SetAuth(InitialAuth::Unknown));
    rig.subscribe(&["a:a"]);
    rig.open();
    rig.token(TokenOutcome::NoSession);
    assert_eq!(rig.sent_types(), ["Connect", "ModifyQuerySet"]);
    assert_eq!(rig.auth.status, AuthStatus::Unauthenticated);

    let mut rig = Rig::new();
    rig.handle(Event::SetAuth(InitialAuth::SignedOut));
    rig.subscribe(&["a:a"]);
    rig.open();
    assert_eq!(
        (rig.fetches, rig.sent_types()),
        (0, vec!["Connect".to_owned(), "ModifyQuerySet".to_owned()])
    );
}

#[test]
fn signing_in_on_an_open_socket_authenticates_it() {
    let mut rig = Rig::new();
    rig.handle(Event::SetAuth(InitialAuth::SignedOut));
    rig.subscribe(&["a:a"]);
    rig.open();
    rig.receive(&transition((0, 0, 0), (1, 0, 5), &[(0, json!(null))]));
    rig.sent.clear();
    rig.handle(Event::RefreshAuth);
    rig.token(fresh("alice", 1_000));
    assert_eq!(rig.sent_types(), ["Authenticate"]);
    assert_eq!(
        rig.shows("a:a"),
        Some(json!(null)),
        "a signed-out result shows until the person's own arrives"
    );
    rig.receive(&transition((1, 0, 5), (1, 1, 6), &[(0, json!("alice"))]));
    assert_eq!(rig.shows("a:a"), Some(json!("alice")));
    assert_eq!(
        rig.auth_history,
        [AuthStatus::Unauthenticated, AuthStatus::Authenticated]
    );
}

#[test]
fn renewal_is_quiet_and_one_failure_changes_nothing() {
    let mut rig = Rig::signed_in("alice", &["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 1, 5), &[(0, json!(1))]));
    rig.sent.clear();
    rig.fire(Timer::RefreshToken);
    assert_eq!(rig.fetch.map(|(_, force)| force), Some(true));
    rig.token(TokenOutcome::Unknown);
    assert_eq!(rig.delay(Timer::RefreshToken), Some(500.0));
    rig.fire(Timer::RefreshToken);
    rig.token(fresh("alice", 1_840));
    assert_eq!(rig.sent_types(), ["Authenticate"]);
    rig.receive(&transition((1, 1, 5), (1, 2, 6), &[]));
    assert_eq!(rig.shows("a:a"), Some(json!(1)));
    assert_eq!(rig.auth_history, [AuthStatus::Authenticated]);
    assert_eq!(rig.delay(Timer::RefreshToken), Some(839_500.0));
}

#[test]
fn fetching_the_same_token_again_keeps_the_renewal_going() {
    let mut rig = Rig::signed_in("alice", &["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 1, 5), &[(0, json!(1))]));
    rig.sent.clear();
    for _ in 0..3 {
        rig.fire(Timer::RefreshToken);
        rig.token(fresh("alice", 1_000));
        assert!(rig.sent.is_empty());
        assert!(
            rig.delay(Timer::RefreshToken)
                .is_some_and(|delay| delay >= 500.0),
            "fetched again, but not at once"
        );
    }
}

#[test]
fn a_refused_token_is_replaced_while_the_socket_is_closed_and_the_page_stays_as_it_is() {
    let mut rig = Rig::signed_in("alice", &["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 1, 5), &[(0, json!(1))]));
    rig.receive(&auth_error(1, false));
    assert_eq!(
        (rig.socket, rig.auth.refreshing, rig.auth.status),
        (None, true, AuthStatus::Authenticated)
    );
    assert_eq!(rig.shows("a:a"), Some(json!(1)));
    rig.handle(Event::Wake);
    assert_eq!(rig.socket, None, "nothing is sent without a token");
    rig.sent.clear();
    rig.token(fresh("alice", 1_900));
    rig.open();
    assert_eq!(
        rig.sent_types(),
        ["Connect", "Authenticate", "ModifyQuerySet"]
    );
    rig.receive(&transition((0, 0, 0), (1, 1, 9), &[(0, json!(2))]));
    assert_eq!(
        (rig.auth.refreshing, rig.shows("a:a")),
        (false, Some(json!(2)))
    );
    assert_eq!(
        rig.auth_history
            .iter()
            .filter(|status| **status != AuthStatus::Authenticated)
            .count(),
        0
    );
}

#[test]
fn after_three_refused_fresh_tokens_the_client_is_signed_out() {
    let mut rig = Rig::signed_in("alice", &["a:a"]);
    rig.receive(&auth_error(0, true));
    for issued in [2_000, 2_001, 2_002] {
        assert_eq!(rig.auth.status, AuthStatus::Authenticated);
        rig.token(fresh("alice", issued));
        rig.open();
        rig.receive(&auth_error(0, true));
    }
    assert_eq!(rig.auth.status, AuthStatus::Unauthenticated);
    assert_eq!(rig.fetch, None);
    assert_eq!(rig.fetches, 3);
}

#[test]
fn a_refused_cached_token_does_not_count_as_a_refused_fresh_one() {
    let mut rig = Rig::new();
    rig.handle(Event::SetAuth(InitialAuth::Unknown));
    rig.subscribe(&["a:a"]);
    for issued in [1_000, 2_000, 2_001] {
        rig.token(fresh("alice", issued));
        rig.open();
        rig.receive(&auth_error(0, true));
        assert_eq!(rig.fetch.map(|(_, force)| force), Some(true));
    }
    rig.token(fresh("alice", 2_002));
    rig.open();
    rig.receive(&transition((0, 0, 0), (1, 1, 5), &[(0, json!(1))]));
    assert_eq!(rig.auth_history, [AuthStatus::Authenticated]);
}

#[test]
fn a_fresh_token_that_expires_soon_is_not_renewed_at_once() {
    let mut rig = Rig::signed_in("alice", &["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 1, 5), &[]));
    rig.fire(Timer::RefreshToken);
    // The token was issued for an hour, most of which has passed.
    rig.now = 4_580_000.0;
    rig.token(TokenOutcome::Token(token("alice", 1_000, 3_600)));
    rig.receive(&transition((1, 1, 5), (1, 2, 6), &[]));
    assert_eq!(rig.delay(Timer::RefreshToken), Some(15_000.0));
}

#[test]
fn errors_about_tokens_replaced_meanwhile_are_ignored() {
    let mut rig = Rig::signed_in("alice", &["a:a"]);
    rig.receive(&auth_error(0, false));
    assert!(rig.socket.is_some(), "the token is still being confirmed");
    rig.receive(&transition((0, 0, 0), (1, 1, 5), &[]));
    rig.handle(Event::RefreshAuth);
    rig.token(fresh("alice", 1_500));
    rig.receive(&auth_error(0, true));
    assert!(rig.socket.is_some(), "the error is about an older token");
}

#[test]
fn results_of_the_previous_person_are_not_shown_to_the_next() {
    let mut rig = Rig::signed_in("alice", &["a:a", "b:public"]);
    rig.receive(&transition(
        (0, 0, 0),
        (1, 1, 5),
        &[(0, json!("alice's")), (1, json!("all"))],
    ));
    rig.handle(Event::RefreshAuth);
    rig.token(fresh("bob", 1_000));
    assert_eq!((rig.shows("a:a"), rig.shows("b:public")), (None, None));
    rig.receive(&transition(
        (1, 1, 5),
        (1, 1, 6),
        &[(0, json!("alice's, later"))],
    ));
    assert_eq!(rig.shows("a:a"), None, "the result is still hers");
    rig.receive(&transition((1, 1, 6), (1, 2, 7), &[(0, json!("bob's"))]));
    assert_eq!(rig.shows("a:a"), Some(json!("bob's")));
    assert_eq!(
        rig.shows("b:public"),
        Some(json!("all")),
        "the result is the same for both, so the backend does not send it again"
    );
}

#[test]
fn when_the_session_turns_out_to_be_gone_the_client_signs_out_at_the_backend_too() {
    let mut rig = Rig::signed_in("alice", &["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 1, 5), &[(0, json!("hers"))]));
    rig.sent.clear();
    rig.handle(Event::SetAuth(InitialAuth::Unknown));
    assert_eq!(
        rig.shows("a:a"),
        Some(json!("hers")),
        "still signed in until the fetcher answers"
    );
    rig.token(TokenOutcome::NoSession);
    assert_eq!(rig.sent[0]["tokenType"], "None");
    assert_eq!(rig.sent_types(), ["Authenticate"]);
    assert_eq!(
        (rig.shows("a:a"), rig.auth.status),
        (None, AuthStatus::Unauthenticated)
    );
}

#[test]
fn signing_out_hides_results_at_once_and_across_a_reconnect() {
    let mut rig = Rig::signed_in("alice", &["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 1, 5), &[(0, json!("hers"))]));
    rig.drop_connection();
    rig.handle(Event::ClearAuth);
    assert_eq!(
        (rig.shows("a:a"), rig.auth.status),
        (None, AuthStatus::Unauthenticated)
    );
    rig.sent.clear();
    rig.fire(Timer::Reconnect);
    rig.open();
    assert_eq!(rig.sent_types(), ["Connect", "ModifyQuerySet"]);
    assert_eq!(rig.shows("a:a"), None);
    rig.receive(&transition((0, 0, 0), (1, 0, 9), &[(0, json!(null))]));
    assert_eq!(rig.shows("a:a"), Some(json!(null)));
}

#[test]
fn results_from_while_signed_out_are_not_shown_after_signing_in() {
    let queries = ["a:mine", "b:public", "c:left"];
    let mut rig = Rig::signed_in("alice", &queries);
    let hers = [(0, json!("hers")), (1, json!("all")), (2, json!("hers"))];
    rig.receive(&transition((0, 0, 0), (1, 1, 5), &hers));
    rig.handle(Event::ClearAuth);
    rig.handle(Event::Unsubscribe(key("c:left")));
    let mut signed_out = transition((1, 1, 5), (1, 2, 6), &[(2, json!(null))]);
    let refusal = json!({
        "type": "QueryFailed", "queryId": 0, "errorMessage": "Uncaught", "errorData": "Sign in",
        "logLines": [], "journal": null,
    });
    if let Some(modifications) = signed_out["modifications"].as_array_mut() {
        modifications.push(refusal);
    }
    rig.receive(&signed_out);
    assert!(rig.shows("a:mine").is_some(), "the query's error");

    let again = InitialAuth::Token(token("alice", 1_001, 900));
    rig.handle(Event::SetAuth(again));
    rig.handle(Event::Subscribe(key("c:left")));
    assert_eq!((rig.shows("a:mine"), rig.shows("c:left")), (None, None));
    assert_eq!(rig.shows("b:public"), Some(json!("all")));
    let hers = [(0, json!("hers")), (2, json!("hers"))];
    rig.receive(&transition((1, 2, 6), (1, 3, 7), &hers));
    assert_eq!(rig.shows("a:mine"), Some(json!("hers")));
    assert_eq!(rig.shows("c:left"), Some(json!("hers")));
}

#[test]
fn requests_of_the_previous_person_are_not_sent_as_the_next() {
    let mut rig = Rig::signed_in("alice", &["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 1, 5), &[]));
    let sent = rig.mutate("a:one");
    rig.drop_connection();
    let unsent = rig.mutate("a:two");
    rig.handle(Event::SetAuth(InitialAuth::Token(token("bob", 1_000, 900))));
    assert_eq!(rig.answers[&unsent], Err(CallError::UserChanged));
    rig.sent.clear();
    rig.fire(Timer::Reconnect);
    rig.open();
    assert_eq!(rig.answers[&sent], Err(CallError::UserChanged));
    assert!(!rig.sent_types().contains(&"Mutation".to_owned()));
}

#[test]
fn waking_up_hours_later_renews_the_token_before_sending_queries() {
    let mut rig = Rig::signed_in("alice", &["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 1, 5), &[(0, json!(1))]));
    rig.drop_connection();
    rig.now += 7_200_000.0;
    rig.sent.clear();
    rig.handle(Event::Wake);
    rig.open();
    assert_eq!(rig.sent_types(), ["Connect"]);
    assert_eq!(
        (rig.fetches, rig.shows("a:a")),
        (1, Some(json!(1))),
        "one fetch, and the page stays as it is"
    );
    rig.token(fresh("alice", 8_200));
    assert_eq!(rig.sent_types(), ["Authenticate", "ModifyQuerySet"]);
    assert_eq!(rig.auth_history, [AuthStatus::Authenticated]);
}

#[test]
fn a_fetch_without_an_answer_is_repeated_and_its_late_answer_ignored() {
    let mut rig = Rig::new();
    rig.handle(Event::SetAuth(InitialAuth::Unknown));
    let (ticket, _) = rig.fetch.expect("fetching");
    rig.fire(Timer::RefreshToken);
    rig.fire(Timer::RefreshToken);
    assert_eq!(rig.fetches, 2);
    rig.handle(Event::Token {
        ticket,
        outcome: TokenOutcome::NoSession,
    });
    assert_eq!(rig.auth.status, AuthStatus::Loading);
}

#[test]
fn setting_the_same_token_again_changes_nothing() {
    let mut rig = Rig::signed_in("alice", &["a:a"]);
    rig.receive(&transition((0, 0, 0), (1, 1, 5), &[(0, json!(1))]));
    rig.sent.clear();
    rig.handle(Event::SetAuth(InitialAuth::Token(token(
        "alice", 1_000, 900,
    ))));
    assert!(rig.sent.is_empty());
    assert_eq!(rig.delay(Timer::RefreshToken), Some(840_000.0));
}
