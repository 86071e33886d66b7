//! The real Better Auth component, as the repository's own `convex/` folder mounts it: from
//! signing up to a query that knows its caller.

use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Body;
use bytes::Bytes;
use convex_local::auth::{Authenticator, Identity, KeyStore, LocalFetch};
use convex_local::functions::FunctionCall;
use http::Request;
use serde_json::{Value as Json, json};

use crate::http::{Answer, send};
use crate::support::{App, try_app};

const ORIGIN: &str = "http://localhost:3000";

async fn app() -> App {
    let convex = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../convex");
    let app = try_app(&convex, |config| {
        for (name, value) in [
            ("SITE_URL", ORIGIN),
            ("AUTH_RATE_LIMIT", "off"),
            (
                "BETTER_AUTH_SECRET",
                "a-test-secret-of-48-characters-Qw3rTz-9d8f7g6h5j",
            ),
            ("GITHUB_CLIENT_ID", "id"),
            ("GITHUB_CLIENT_SECRET", "secret"),
        ] {
            config.env.insert(name.into(), value.into());
        }
    });
    app.await.expect("the repository's convex folder loads")
}

async fn post(app: &App, path: &str, cookies: &str, body: Json) -> Answer {
    let request = Request::post(format!("/api/auth/{path}"))
        .header("content-type", "application/json")
        .header("origin", ORIGIN)
        .header("cookie", cookies);
    send(
        app,
        request.body(body.to_string().into()).expect("a request"),
    )
    .await
}

async fn get(app: &App, path: &str, cookies: &str) -> Answer {
    let request = Request::get(format!("/api/auth/{path}")).header("cookie", cookies);
    send(app, request.body(Bytes::new()).expect("a request")).await
}

impl Answer {
    fn json(&self) -> Json {
        serde_json::from_str(&self.text).expect("JSON")
    }

    /// Returns the `Cookie` header of a browser that got this answer.
    fn cookies(&self) -> String {
        let set = self.headers.get_all("set-cookie").iter();
        let pairs = set.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        pairs.collect::<Vec<_>>().join("; ")
    }
}

/// Verifies a token as the backend does, with the keys that the app itself serves.
async fn verified(app: &App, token: &str) -> Identity {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let functions = app.functions.clone();
    let local: LocalFetch = Arc::new(move |url| {
        let functions = functions.clone();
        let path = url.strip_prefix("http://127.0.0.1:3211")?.to_owned();
        Some(Box::pin(async move {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            let body = functions.http(request).await.into_body();
            let bytes = axum::body::to_bytes(body, 1 << 20).await;
            bytes
                .map(|bytes| bytes.to_vec())
                .map_err(|error| error.to_string())
        }))
    });
    let keys = KeyStore::new(reqwest::Client::new(), reqwest::Client::new(), Some(local));
    let providers = app.functions.auth_providers();
    let verified = Authenticator::new(keys)
        .verify(token, &providers, SystemTime::now())
        .await;
    verified.expect("the token is valid").identity
}

#[tokio::test]
async fn after_signing_up_a_query_knows_the_user() {
    let app = app().await;
    let alice = json!({ "name": "Alice", "email": "alice@example.com", "password": "password-a" });
    let signed_up = post(&app, "sign-up/email", "", alice.clone()).await;
    assert_eq!(signed_up.status, 200, "{}", signed_up.text);
    assert_eq!(signed_up.json()["user"]["email"], "alice@example.com");
    let cookies = signed_up.cookies();
    assert!(
        cookies.contains("better-auth.session_token=")
            && cookies.contains("better-auth.convex_jwt=")
    );

    let session = get(&app, "get-session", &cookies).await.json();
    assert_eq!(session["user"]["name"], "Alice");
    let token = get(&app, "convex/token", &cookies).await.json();
    let identity = verified(&app, token["token"].as_str().expect("a token")).await;
    assert_eq!(session["user"]["id"], identity.subject);

    let ask = |identity| {
        let call = FunctionCall::public("auth:getCurrentUser", json!({}));
        app.functions.query(call.with_identity(identity))
    };
    let user = ask(Some(identity)).await.result.expect("the current user");
    assert_eq!(
        (&user["name"], &user["email"]),
        (&json!("Alice"), &json!("alice@example.com"))
    );
    assert_eq!(ask(None).await.result.expect("nobody"), Json::Null);

    let again = post(&app, "sign-up/email", "", alice).await;
    assert_eq!(again.status, 422);
    assert_eq!(
        again.json()["code"],
        "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"
    );
}

#[tokio::test]
async fn a_user_signs_out_and_in_again_and_a_wrong_password_is_refused() {
    let app = app().await;
    let bob = json!({ "name": "Bob", "email": "bob@example.com", "password": "password-b" });
    let cookies = post(&app, "sign-up/email", "", bob).await.cookies();
    assert_eq!(
        post(&app, "sign-out", &cookies, json!({})).await.json(),
        json!({ "success": true })
    );
    assert_eq!(get(&app, "get-session", &cookies).await.json(), Json::Null);
    assert_eq!(get(&app, "convex/token", "").await.status, 401);

    let sign_in = |password| {
        let body = json!({ "email": "bob@example.com", "password": password });
        post(&app, "sign-in/email", "", body)
    };
    let refused = sign_in("wrong-password").await;
    let expected =
        json!({ "message": "Invalid email or password", "code": "INVALID_EMAIL_OR_PASSWORD" });
    assert_eq!((refused.status, refused.json()), (401, expected));
    let cookies = sign_in("password-b").await.cookies();
    assert_eq!(
        get(&app, "get-session", &cookies).await.json()["user"]["name"],
        "Bob"
    );
}
