//! Queries, mutations, actions, nested calls, scheduled calls and their environment.

use std::time::Duration;

use convex_local::auth::Identity;
use convex_local::functions::{Caller, FunctionCall, Outcome};
use futures::future::join_all;
use serde_json::{Value as Json, json};

use crate::support::{app, app_with};

#[tokio::test]
async fn a_mutation_writes_and_a_query_reads() {
    let app = app().await;
    for (author, body) in [("ann", "one"), ("bob", "two"), ("ann", "three")] {
        let args = json!({ "author": author, "body": body });
        app.mutation("messages:add", args).await.expect("add");
    }
    assert_eq!(app.bodies().await, ["one", "two", "three"]);
    let anns = app
        .query("messages:list", json!({ "author": "ann" }))
        .await
        .expect("list");
    assert_eq!(anns.as_array().expect("a list").len(), 2);
    assert_eq!(anns[0]["author"], "ann");
    assert!(anns[0]["_id"].is_string() && anns[0]["_creationTime"].is_number());
}

#[tokio::test]
async fn reading_a_long_table_gives_every_row_once_and_may_stop_early() {
    let app = app().await;
    let args = json!({ "author": "ann", "count": 300 });
    let call = FunctionCall {
        caller: Caller::Internal,
        ..FunctionCall::public("messages:addMany", args)
    };
    app.functions.mutation(call).await.result.expect("addMany");
    let expected: Vec<String> = (0..300).map(|n| n.to_string()).collect();
    assert_eq!(app.bodies().await, expected);
    let first = app
        .query("messages:firstBodies", json!({ "count": 5 }))
        .await;
    assert_eq!(first.expect("first"), json!(["0", "1", "2", "3", "4"]));
}

#[tokio::test]
async fn a_page_keeps_its_end_when_it_is_run_again_with_its_journal() {
    let app = app().await;
    let mut ids = Vec::new();
    for body in ["one", "two", "three", "four"] {
        let args = json!({ "author": "ann", "body": body });
        ids.push(app.mutation("messages:add", args).await.expect("add"));
    }
    let page = |journal| {
        let args = json!({ "cursor": null, "numItems": 2 });
        let call = FunctionCall::public("messages:page", args);
        app.functions.query(FunctionCall { journal, ..call })
    };
    let first = page(None).await;
    let value = first.result.expect("a page");
    assert_eq!(
        (&value["bodies"], &value["isDone"]),
        (&json!(["one", "two"]), &json!(false))
    );
    app.mutation("messages:remove", json!({ "id": ids[0] }))
        .await
        .expect("remove");
    let again = page(first.journal).await.result.expect("a page");
    assert_eq!(again["bodies"], json!(["two"]));
    assert_eq!(
        page(None).await.result.expect("a page")["bodies"],
        json!(["two", "three"])
    );
}

#[tokio::test]
async fn a_function_paginates_once_and_only_in_the_app() {
    let app = app().await;
    let twice = app.query_error("messages:twoPages", json!({})).await;
    assert!(twice.contains("ran multiple paginated queries"), "{twice}");
    let inside = app.query_error("library:pageOfComponent", json!({})).await;
    assert!(
        inside.contains("paginate() is only supported in the app"),
        "{inside}"
    );
}

#[tokio::test]
async fn a_query_can_read_a_past_snapshot() {
    let app = app().await;
    app.mutation("counters:increment", json!({ "name": "past" }))
        .await
        .expect("increment");
    let get = || FunctionCall::public("counters:get", json!({ "name": "past" }));
    let then = app.functions.query(get()).await.ts;
    app.mutation("counters:increment", json!({ "name": "past" }))
        .await
        .expect("increment");
    let past = app
        .functions
        .query_at(get(), then)
        .await
        .expect("still kept");
    assert_eq!((past.result.expect("then"), past.ts), (json!(1), then));
    assert_eq!(
        app.functions.query(get()).await.result.expect("now"),
        json!(2)
    );
}

#[tokio::test]
async fn ids_are_distinguished_from_other_texts_synchronously() {
    let app = app().await;
    let args = json!({ "author": "ann", "body": "one" });
    let id = app.mutation("messages:add", args).await.expect("add");
    let normalize = |id: Json| app.query("messages:normalize", json!({ "id": id }));
    assert_eq!(normalize(id.clone()).await.expect("an id"), id);
    assert_eq!(
        normalize(json!("not an id")).await.expect("none"),
        Json::Null
    );
}

#[tokio::test]
async fn concurrent_mutations_of_one_document_all_count() {
    let app = app().await;
    let one = || app.mutation("counters:increment", json!({ "name": "hot" }));
    for result in join_all((0..20).map(|_| one())).await {
        result.expect("every mutation succeeds in the end");
    }
    assert!((app.counter("hot").await - 20.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn an_action_calls_mutations_and_queries() {
    let app = app().await;
    let args = json!({ "name": "acted", "times": 5 });
    assert_eq!(
        app.action("counters:incrementByAction", args)
            .await
            .expect("action"),
        json!(5)
    );
}

#[tokio::test]
async fn a_failed_nested_mutation_undoes_its_own_writes_only() {
    let app = app().await;
    let caught = app
        .mutation("messages:outerSurvives", json!({}))
        .await
        .expect("outer");
    let caught = caught.as_str().expect("a text");
    assert!(
        caught.starts_with("Uncaught Error: inner failed"),
        "{caught}"
    );
    assert_eq!(app.bodies().await, ["before", "meanwhile"]);
}

#[tokio::test]
async fn a_query_on_a_stale_snapshot_sees_what_its_caller_began_with() {
    let app = app().await;
    for before in 0..2 {
        let seen = app
            .mutation(
                "messages:asideAndUsual",
                json!({ "body": before.to_string() }),
            )
            .await
            .expect("both are answered");
        assert_eq!(seen, json!([before, before + 1]));
    }
    assert_eq!(app.bodies().await, ["0", "1"]);
}

#[tokio::test]
async fn a_scheduled_function_runs_after_the_commit_and_never_without_it() {
    let app = app().await;
    let later = |fail: bool| {
        app.mutation(
            "counters:incrementLater",
            json!({ "name": "later", "fail": fail }),
        )
    };
    later(true).await.expect_err("fails");
    later(false).await.expect("schedules");
    for _ in 0..100 {
        if app.counter("later").await > 1.5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!((app.counter("later").await - 2.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn time_stands_still_and_the_environment_is_the_configured_one() {
    let app = app().await;
    let clock = app
        .query("surroundings:clock", json!({}))
        .await
        .expect("clock");
    assert_eq!(clock["still"], true);
    assert!(clock["before"].as_f64().expect("a number") > 1.7e12);
    let ticks = app.query("surroundings:ticksOfQuery", json!({})).await;
    let ticks = ticks.expect("ticks");
    assert_eq!(ticks["passed"], 0.0);
    let since = clock["before"].as_f64().expect("a number");
    let apart = ticks["wall"].as_f64().expect("a number") - since;
    assert!((0.0..60_000.0).contains(&apart), "{ticks}");
    let ticks = app
        .mutation("surroundings:ticksOfMutation", json!({}))
        .await;
    assert!(ticks.expect("ticks")["passed"].as_f64() > Some(0.0));
    let env = app
        .query("surroundings:environment", json!({}))
        .await
        .expect("environment");
    let expected = json!({
        "CONVEX_CLOUD_URL": "http://127.0.0.1:3210",
        "CONVEX_SITE_URL": "http://127.0.0.1:3211",
        "GREETING": "hello",
    });
    assert_eq!(env, expected);
}

#[tokio::test]
async fn the_identity_is_that_of_the_caller() {
    let app = app().await;
    let claims = json!({ "name": "Ann", "issuer": "i", "subject": "s", "tokenIdentifier": "i|s" });
    let identity = Identity {
        issuer: "i".into(),
        subject: "s".into(),
        token_identifier: "i|s".into(),
        claims: claims.clone(),
    };
    let ask = |identity| {
        let call = FunctionCall::public("surroundings:whoAmI", json!({}));
        app.functions.query(call.with_identity(identity))
    };
    let known = ask(Some(identity)).await;
    assert_eq!(known.result.expect("whoAmI"), claims);
    assert!(known.used_identity);
    assert_eq!(ask(None).await.result.expect("whoAmI"), Json::Null);
    let other = app
        .functions
        .query(FunctionCall::public("messages:list", json!({})))
        .await;
    assert!(!other.used_identity);
}

#[tokio::test]
async fn a_query_that_reads_the_clock_is_marked() {
    let app = app().await;
    let reads = async |path: &str| {
        let call = FunctionCall::public(path, json!({}));
        app.functions.query(call).await.used_clock
    };
    assert!(reads("surroundings:clock").await);
    assert!(reads("surroundings:clockOfAnother").await);
    assert!(reads("surroundings:moment").await);
    assert!(reads("surroundings:dateOfNow").await);
    assert!(!reads("surroundings:dateOfThen").await);
    assert!(!reads("messages:list").await);
}

#[tokio::test]
async fn console_lines_belong_to_the_call() {
    let app = app().await;
    let outcome = app
        .functions
        .query(FunctionCall::public("surroundings:talks", json!({})))
        .await;
    assert_eq!(outcome.result.expect("talks"), Json::Null);
    assert_eq!(outcome.logs, ["[LOG] 'hello' { a: 1 }", "[ERROR] 'told'"]);
}

#[tokio::test]
async fn node_modules_work_in_use_node_files() {
    let app = app().await;
    let digest = app
        .action("deep/nodes:digest", json!({ "text": "abc" }))
        .await
        .expect("digest");
    assert!(
        digest
            .as_str()
            .expect("a text")
            .starts_with("ba7816bf8f01cfea")
    );
    assert_eq!(
        app.action("deep/nodes", json!({})).await.expect("default"),
        "default"
    );
}

#[tokio::test]
async fn what_an_action_writes_to_standard_output_is_not_taken_for_its_answer() {
    let app = app().await;
    for _ in 0..2 {
        let answer = app.action("deep/nodes:talks", json!({})).await;
        assert_eq!(answer.expect("an answer"), "function");
    }
}

#[tokio::test]
async fn values_survive_the_round_trip() {
    let app = app().await;
    let value = json!({
        "int": { "$integer": "BwAAAAAAAAA=" },
        "nan": { "$float": "AAAAAAAA+H8=" },
        "bytes": { "$bytes": "AQID" },
        "text": "line\u{2028}break \" \u{1e} \u{0} 🦀",
        "nested": [[], {}, null, true, 1.5],
    });
    let answer = app
        .query("surroundings:echo", json!({ "value": value }))
        .await;
    assert_eq!(answer.expect("echo"), value);
}

#[tokio::test]
async fn run_calls_any_kind_and_the_spec_describes_functions_and_routes() {
    let app = app_with(|config| config.cloud_url = "http://127.0.0.1:4000".into()).await;
    let call = FunctionCall::public("counters:increment", json!({ "name": "run" }));
    let outcome = app.functions.run(call).await.expect("run");
    assert!(matches!(outcome, Outcome::Mutation(_)));
    let spec = app.functions.spec();
    assert_eq!(spec["url"], "http://127.0.0.1:4000");
    let functions = spec["functions"].as_array().expect("a list");
    let add = functions
        .iter()
        .find(|entry| entry["identifier"] == "messages.js:add");
    let expected = json!({
        "identifier": "messages.js:add",
        "functionType": "Mutation",
        "visibility": { "kind": "public" },
        "args": { "type": "object", "value": {
            "author": { "fieldType": { "type": "string" }, "optional": false },
            "body": { "fieldType": { "type": "string" }, "optional": false },
        }},
        "returns": { "type": "id", "tableName": "messages" },
    });
    assert_eq!(add, Some(&expected));
    let route = json!({ "functionType": "HttpAction", "method": "POST", "path": "/echo" });
    assert!(functions.contains(&route));
    assert_eq!(app.functions.auth_providers().len(), 2);
    let crons = app.functions.crons();
    assert_eq!(
        (crons.len(), crons[0].path.as_str()),
        (1, "counters:incrementTwice")
    );
    assert_eq!(
        crons[0].schedule,
        json!({ "type": "interval", "minutes": 5 })
    );
}

#[tokio::test]
async fn random_numbers_are_new_in_each_run_but_those_of_the_modules_top_level_stay() {
    let app = app().await;
    let draw = async |nonce: u32| {
        let drawn = app
            .query("surroundings:draws", json!({ "nonce": nonce }))
            .await;
        let drawn = drawn.expect("three numbers");
        [0, 1, 2].map(|index| drawn[index].as_f64().expect("a number"))
    };
    let (first, second) = (draw(1).await, draw(2).await);
    let fresh = [first[0], first[1], second[0], second[1]];
    for (index, number) in fresh.iter().enumerate() {
        assert!((0.0..1.0).contains(number));
        assert!(!fresh[..index].contains(number), "{fresh:?}");
    }
    assert!((first[2] - second[2]).abs() < f64::EPSILON);
}

#[tokio::test]
async fn the_time_of_the_snapshot_is_available_and_the_audit_log_is_accepted() {
    let app = app().await;
    let moment = app.query("surroundings:moment", json!({})).await;
    assert!(moment.expect("a moment")["$integer"].is_string());
    let audit = app.query("surroundings:audits", json!({})).await;
    assert_eq!(audit, Ok(Json::Null));
}

#[tokio::test]
async fn a_nested_call_may_have_limits_of_its_own() {
    let app = app().await;
    let calls = json!([
        { "writes": 2, "limit": 2 },
        { "writes": 3, "limit": 2 },
        { "writes": 3, "limit": 100_000 },
    ]);
    let done = app
        .mutation("surroundings:limited", json!({ "calls": calls }))
        .await
        .expect("the caller goes on");
    assert_eq!(done["results"][0], json!({ "used": 2, "remaining": 0 }));
    // A limit counts from what was used before the call. The writes of the failed call are undone.
    let error = done["results"][1].as_str().expect("an error");
    assert!(
        error.contains("Too many writes in a single function execution (limit: 4)"),
        "{error}"
    );
    // A call cannot raise the limit of its caller, and its own limit ends with it.
    let left = json!({ "used": 5, "remaining": 15_995 });
    assert_eq!(done["results"][2], left);
    assert_eq!(done["after"], left);
    assert_eq!(app.bodies().await.len(), 5);

    let read = async |free: u32, count: u32, limit: u32| {
        let args = json!({ "free": free, "count": count, "limit": limit });
        app.query("surroundings:limitedReads", args).await
    };
    assert_eq!(read(4, 1, 1).await, Ok(json!([4, 1])));
    let refused = read(1, 2, 1).await.expect("the caller goes on");
    let error = refused[1].as_str().expect("an error");
    assert!(
        error.contains("Too many documents read in a single function execution (limit: 2)"),
        "{error}"
    );
}
