//! The functions API over HTTP: statuses and bodies.

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value as Json, json};

use crate::socket::{Socket, add_queries, mutation};
use crate::support::Server;

#[tokio::test]
async fn queries_mutations_and_actions_answer_as_recorded() {
    let server = Server::start().await;
    let (status, body) = server.call("query", "notes:list", json!({})).await;
    assert_eq!(
        (status, body),
        (200, json!({ "status": "success", "value": [] }))
    );

    let (status, body) = server
        .call("mutation", "notes:add", json!({ "text": "one" }))
        .await;
    assert_eq!(status, 200);
    assert!(body["value"].is_string(), "{body}");
    let (_, body) = server.call("query", "notes:list", json!({})).await;
    assert_eq!(body["value"], json!(["one"]));

    let token = server.token("alice");
    let args = json!({ "text": "by an action" });
    let (_, body) = server
        .call_as(Some(&token), "action", "todos:createViaAction", args)
        .await;
    assert_eq!(body["status"], "success", "{body}");
    let (_, body) = server
        .call_as(Some(&token), "query", "todos:list", json!({}))
        .await;
    assert_eq!(body["value"][0]["text"], "by an action");
}

#[tokio::test]
async fn mutations_and_actions_know_where_a_request_comes_from() {
    let server = Server::start().await;
    let token = server.token("alice");
    let call = |kind: &str, path: &str| {
        let body = json!({ "path": path, "args": [{}] });
        let request = server.http.post(server.url(&format!("/api/{kind}")));
        let request = request.bearer_auth(&token).header("user-agent", "tests/1");
        async move {
            let answer = request.json(&body).send().await.unwrap();
            answer.json::<Json>().await.unwrap()["value"].clone()
        }
    };
    let own = call("mutation", "notes:whence").await;
    assert_eq!(own["ip"], "127.0.0.1", "{own}");
    assert_eq!(own["userAgent"], "tests/1");
    assert_eq!(own["authToken"], json!(token));
    assert_eq!(own["scheduledFunctionId"], Json::Null);
    let both = call("action", "notes:whenceByAction").await;
    assert_eq!(both[0], both[1], "the mutation is part of the same request");
    assert_eq!(both[0]["userAgent"], "tests/1");

    let session = uuid::Uuid::new_v4().to_string();
    let mut socket = Socket::connect(&server, &session).await;
    socket.send(mutation(0, "notes:whence", &json!({}))).await;
    let said = socket.message_of("MutationResponse").await;
    assert_eq!(said["result"]["ip"], "127.0.0.1", "{said}");
    assert_eq!(said["result"]["authToken"], Json::Null);
}

#[tokio::test]
async fn anyone_can_verify_what_functions_sign() {
    let server = Server::start().await;
    let (_, body) = server.call("mutation", "notes:token", json!({})).await;
    let token = body["value"].as_str().expect("a token");
    let keys = server.http.get(server.url("/.well-known/jwks.json"));
    let keys = keys.send().await.unwrap().json::<Json>().await.unwrap();
    let key: Jwk = serde_json::from_value(keys["keys"][0].clone()).expect("a key");
    let mut rules = Validation::new(Algorithm::ES256);
    rules.set_audience(&["convex-local-tests"]);
    rules.set_issuer(&[server.backend.cloud_url()]);
    let key = DecodingKey::from_jwk(&key).expect("a public key");
    let claims = jsonwebtoken::decode::<Json>(token, &key, &rules).expect("is signed");
    assert_eq!(claims.claims["sub"], "ann");
}

#[tokio::test]
async fn answers_include_the_log_lines() {
    let server = Server::start().await;
    let token = server.token("alice");
    let (_, body) = server
        .call_as(
            Some(&token),
            "mutation",
            "todos:create",
            json!({ "text": "tea" }),
        )
        .await;
    assert_eq!(body["logLines"], json!(["[LOG] 'creating' 'tea'"]));
}

#[tokio::test]
async fn errors_of_functions_are_answered_with_status_200() {
    let server = Server::start().await;
    let (status, body) = server.call("query", "notes:fails", json!({})).await;
    assert_eq!((status, &body["status"]), (200, &json!("error")));
    let message = body["errorMessage"].as_str().unwrap();
    assert!(message.starts_with("[Request ID: "), "{message}");
    assert!(
        message.contains("] Server Error\nUncaught Error: boom\n"),
        "{message}"
    );
    assert_eq!(body.get("errorData"), None);

    let (status, body) = server.call("query", "todos:list", json!({})).await;
    assert_eq!(
        (status, &body["errorData"]),
        (200, &json!("Unauthenticated"))
    );

    let (status, body) = server.call("query", "todos:nope", json!({})).await;
    assert_eq!(status, 200);
    let message = body["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("Could not find public function for 'todos:nope'. Did you forget to run"),
        "{message}"
    );
}

#[tokio::test]
async fn values_are_encoded_as_asked() {
    let server = Server::start().await;
    let args = json!({
        "big": { "$integer": "KgAAAAAAAAA=" }, "bytes": { "$bytes": "AQI=" },
        "number": { "$float": "AAAAAAAA8H8=" },
    });
    let (_, body) = server.call("query", "notes:values", args.clone()).await;
    assert_eq!(body["value"], args);

    let plain = json!({ "big": "42", "bytes": "AQI=", "number": "Infinity" });
    for format in [json!("json"), Json::Null] {
        let body = json!({ "path": "notes:values", "args": args, "format": format });
        let answer = server
            .http
            .post(server.url("/api/query"))
            .json(&body)
            .send()
            .await
            .unwrap();
        let answer: Json = answer.json().await.unwrap();
        assert_eq!(answer["value"], plain, "format {format}");
    }
}

#[tokio::test]
async fn queries_can_be_called_with_get() {
    let server = Server::start().await;
    server.add_note("one").await;
    let url = server.url("/api/query?path=notes:list&args=%7B%7D&format=json");
    let answer: Json = server
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(answer, json!({ "status": "success", "value": ["one"] }));
    let missing = server
        .http
        .get(server.url("/api/query?args=%7B%7D"))
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), 400);
}

#[tokio::test]
async fn a_query_at_a_time_stamp_sees_that_moment() {
    let server = Server::start().await;
    server.add_note("one").await;
    let answer = server
        .http
        .post(server.url("/api/query_ts"))
        .json(&json!({}))
        .send()
        .await;
    let ts = answer.unwrap().json::<Json>().await.unwrap()["ts"].clone();
    let body = json!({ "path": "notes:list", "args": {}, "ts": ts, "format": "json" });
    let at = || async {
        let answer = server
            .http
            .post(server.url("/api/query_at_ts"))
            .json(&body)
            .send()
            .await;
        answer.unwrap().json::<Json>().await.unwrap()
    };
    for _ in 0..2 {
        assert_eq!(at().await["value"], json!(["one"]));
        server.add_note("later").await;
    }
    let bad = json!({ "path": "notes:list", "args": {}, "ts": "AAAA" });
    let answer = server
        .http
        .post(server.url("/api/query_at_ts"))
        .json(&bad)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
}

#[tokio::test]
async fn batches_and_calls_without_a_kind_are_answered() {
    let server = Server::start().await;
    let body = json!({ "queries": [
        { "path": "notes:list", "args": {} }, { "path": "notes:count", "args": {} },
    ] });
    let answer = server
        .http
        .post(server.url("/api/query_batch"))
        .json(&body)
        .send()
        .await;
    let answer: Json = answer.unwrap().json().await.unwrap();
    assert_eq!(answer["results"][1]["status"], "success");
    assert_eq!(answer["results"][1]["value"].as_f64(), Some(0.0));

    let (_, body) = server
        .call("function", "notes:add", json!({ "text": "any" }))
        .await;
    assert_eq!(body["status"], "success");
    let run = server
        .http
        .post(server.url("/api/run/notes/list"))
        .json(&json!({ "args": {} }));
    let answer: Json = run.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["value"], json!(["any"]));
}

#[tokio::test]
async fn malformed_requests_are_refused_with_a_reason() {
    let server = Server::start().await;
    let post = |content_type: &'static str, body: String| {
        let request = server.http.post(server.url("/api/query"));
        request
            .header("content-type", content_type)
            .body(body)
            .send()
    };
    let not_json = post("application/json", "{".into()).await.unwrap();
    assert_eq!(not_json.status(), 400);
    assert_eq!(
        not_json.json::<Json>().await.unwrap()["code"],
        "BadJsonBody"
    );
    assert_eq!(post("text/plain", "{}".into()).await.unwrap().status(), 400);
    assert_eq!(
        post("application/json", "{}".into())
            .await
            .unwrap()
            .status(),
        400
    );
    let bad_path = r#"{"path":"../x y","args":{}}"#.to_owned();
    let answer = post("application/json", bad_path).await.unwrap();
    assert_eq!(answer.status(), 400);
    assert_eq!(
        answer.json::<Json>().await.unwrap()["code"],
        "BadConvexFunctionIdentifier"
    );
    let bad_args = r#"{"path":"notes:list","args":[1,2]}"#.to_owned();
    assert_eq!(
        post("application/json", bad_args).await.unwrap().status(),
        400
    );
    let bad_format = r#"{"path":"notes:list","args":{},"format":"xml"}"#.to_owned();
    assert_eq!(
        post("application/json", bad_format).await.unwrap().status(),
        400
    );
    let long = format!(
        r#"{{"path":"notes:list","args":{{"a":"{}"}}}}"#,
        "x".repeat(17 << 20)
    );
    assert_eq!(post("application/json", long).await.unwrap().status(), 413);
}

#[tokio::test]
async fn cors_lets_pages_of_this_machine_in() {
    let server = Server::start().await;
    let preflight = server
        .http
        .request(reqwest::Method::OPTIONS, server.url("/api/query"));
    let preflight = preflight
        .header("origin", "http://localhost:3000")
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type,convex-client",
        );
    let answer = preflight.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(
        header("access-control-allow-origin"),
        "http://localhost:3000"
    );
    assert_eq!(
        header("access-control-allow-headers"),
        "authorization,content-type,convex-client"
    );
}

#[tokio::test]
async fn the_site_port_serves_the_apps_routes() {
    let server = Server::start().await;
    let site = server.backend.site_url().to_owned();
    let missing = server
        .http
        .get(format!("{site}/nope"))
        .send()
        .await
        .unwrap();
    assert_eq!(missing.status(), 404);
    assert_eq!(missing.text().await.unwrap(), "No matching routes found");

    let echo = server
        .http
        .post(format!("{site}/echo"))
        .bearer_auth(server.token("alice"));
    let answer = echo.body("hello").send().await.unwrap();
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["x-subject"], "alice");
    assert_eq!(answer.headers().get_all("set-cookie").iter().count(), 2);
    assert_eq!(answer.text().await.unwrap(), "hello");

    let stranger = server
        .http
        .post(format!("{site}/echo"))
        .bearer_auth("for the action itself");
    assert_eq!(
        stranger.send().await.unwrap().headers()["x-subject"],
        "nobody"
    );
    let long = server
        .http
        .post(format!("{site}/echo"))
        .body(vec![0; 21 << 20]);
    assert_eq!(long.send().await.unwrap().status(), 413);
    // A body in pieces, without a length in its head, is refused as well.
    let pieces = futures::stream::iter((0..21).map(|_| Ok::<_, std::io::Error>(vec![0; 1 << 20])));
    let long = server
        .http
        .post(format!("{site}/echo"))
        .body(reqwest::Body::wrap_stream(pieces));
    let refused = long.send().await.unwrap();
    assert_eq!(refused.status(), 413);
    let said: Json = refused.json().await.unwrap();
    assert_eq!(said["code"], "RequestTooLarge");
}

#[tokio::test]
async fn the_status_page_names_functions_and_hides_documents() {
    let server = Server::start().await;
    server.add_note("a private thought").await;
    let (_socket, _) = Socket::subscribe(&server, "notes:count").await;
    // Strangers get text onto the page by calling a function that does not exist.
    let markup = "<img>:<script>";
    server.call("query", markup, json!({})).await;
    let request = server.http.get(server.url("/"));
    let page = request.header("origin", "http://localhost:8080").send();
    let page = page.await.unwrap();
    let header = |name: &str| {
        page.headers()
            .get(name)
            .map(|value| value.to_str().unwrap())
    };
    assert_eq!(header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(header("access-control-allow-origin"), None);
    assert!(
        header("content-security-policy")
            .unwrap()
            .starts_with("default-src 'none'")
    );
    let page = page.text().await.unwrap();
    assert!(page.contains("notes:add"), "{page}");
    assert!(page.contains("<th scope=\"row\">notes:count</th><td class=\"number\">1</td><td class=\"number\">1</td>"), "{page}");
    assert!(!page.contains("private thought"), "{page}");
    assert!(
        !page.contains("<script") && !page.contains("<img"),
        "{page}"
    );
}

#[tokio::test]
async fn administration_needs_the_key() {
    let server = Server::start().await;
    let check = |header: String| {
        let request = server.http.get(server.url("/api/local/env"));
        request.header("authorization", header).send()
    };
    let key = server.backend.admin_key().to_owned();
    assert_eq!(check(format!("Convex {key}")).await.unwrap().status(), 200);
    assert_eq!(check("Convex nonsense".into()).await.unwrap().status(), 403);
    assert_eq!(
        check(format!("Bearer {}", server.token("alice")))
            .await
            .unwrap()
            .status(),
        403
    );
    let nobody = server
        .http
        .get(server.url("/api/local/env"))
        .send()
        .await
        .unwrap();
    assert_eq!(nobody.status(), 403);
}

#[tokio::test]
async fn a_changed_environment_reloads_the_functions_and_is_kept() {
    let server = Server::start().await;
    let change = async |body: Json| {
        let key = format!("Convex {}", server.backend.admin_key());
        let request = server.http.post(server.url("/api/local/env")).json(&body);
        request
            .header("authorization", key)
            .send()
            .await
            .unwrap()
            .status()
    };
    let mut socket = Socket::connect(&server, &uuid::Uuid::new_v4().to_string()).await;
    socket.send(add_queries(0, &["notes:greeting"])).await;
    assert_eq!(socket.next_value().await, Json::Null);
    assert_eq!(
        change(json!({ "name": "GREETING", "value": "hello" })).await,
        204
    );
    assert_eq!(socket.next_value().await, "hello");
    assert_eq!(
        change(json!({ "name": "not a name", "value": "" })).await,
        400
    );
    assert_eq!(
        change(json!({ "name": "CONVEX_SITE_URL", "value": "" })).await,
        400
    );

    let server = server.restart().await;
    let (_, body) = server.call("query", "notes:greeting", json!({})).await;
    assert_eq!(body["value"], "hello");
}
