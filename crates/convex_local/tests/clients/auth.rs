//! Tokens: which ones are accepted, and the recorded error messages for the others.

use serde_json::{Value as Json, json};

use crate::support::{Server, now, pinned_token};

async fn whoami(server: &Server, token: &str) -> (u16, Json) {
    server
        .call_as(Some(token), "query", "notes:whoami", json!({}))
        .await
}

#[tokio::test]
async fn a_valid_token_identifies_its_user() {
    let server = Server::start().await;
    let token = server.token_with(
        "alice",
        &json!({ "emailVerified": false, "sessionId": "s1" }),
    );
    let (status, body) = whoami(&server, &token).await;
    assert_eq!(status, 200);
    let issuer = server.backend.site_url();
    let expected = json!({
        "issuer": issuer, "subject": "alice", "tokenIdentifier": format!("{issuer}|alice"),
        "name": "Alice", "emailVerified": false, "sessionId": "s1",
    });
    assert_eq!(body["value"], expected);
    let (_, body) = server.call("query", "notes:whoami", json!({})).await;
    assert_eq!(body["value"], Json::Null);
}

#[tokio::test]
async fn results_of_one_person_do_not_reach_another() {
    let server = Server::start().await;
    for (who, text) in [("alice", "tea"), ("bob", "coffee")] {
        let token = server.token(who);
        let args = json!({ "text": text });
        server
            .call_as(Some(&token), "mutation", "todos:create", args)
            .await;
        let (_, body) = server
            .call_as(Some(&token), "query", "todos:list", json!({}))
            .await;
        let texts: Vec<_> = body["value"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| &t["text"])
            .collect();
        assert_eq!(texts, [text]);
    }
    let (_, body) = server.call("query", "todos:list", json!({})).await;
    assert_eq!(body["errorData"], "Unauthenticated");
}

#[tokio::test]
async fn keys_can_be_in_a_data_url() {
    let server = Server::start().await;
    let claims = json!({ "iss": "https://pinned.example.com", "sub": "x", "exp": now() + 60 });
    let (status, body) = whoami(&server, &pinned_token(&claims)).await;
    assert_eq!(
        (status, &body["value"]["subject"]),
        (200, &json!("x")),
        "{body}"
    );
}

#[tokio::test]
async fn refusals_are_worded_as_recorded() {
    let server = Server::start().await;
    let refused = async |token: &str| {
        let (status, body) = whoami(&server, token).await;
        assert_eq!(status, 401, "{body}");
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        (text("code"), text("message"))
    };
    let invalid = |message: &str| ("InvalidAuthHeader".to_owned(), message.to_owned());

    assert_eq!(
        refused("nope").await,
        invalid(
            "Could not parse JWT payload. Check that the token is a valid JWT format with three \
             base64-encoded parts separated by dots."
        )
    );
    let expired = server.token_with("alice", &json!({ "exp": now() - 6 }));
    let (code, message) = refused(&expired).await;
    assert_eq!(code, "InvalidAuthHeader");
    assert!(
        message.starts_with("Could not validate token: Token expired "),
        "{message}"
    );
    assert!(message.ends_with(" seconds ago"), "{message}");

    let good = server.token("alice");
    let (head, rest) = good.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let other = server.token("root");
    let forged_payload = other.split('.').nth(1).unwrap();
    assert_eq!(
        refused(&format!("{head}.{forged_payload}.{signature}")).await,
        invalid(
            "Could not decode token. The JWT's 'kid' (key ID) header is 'rsa-1', does this key \
             match any key in the provider's JWKS?"
        )
    );
    let stranger = server.token_with("alice", &json!({ "iss": "https://evil.example.com" }));
    let (code, message) = refused(&stranger).await;
    assert_eq!(code, "NoAuthProvider");
    let issuer = server.backend.site_url();
    assert_eq!(
        message,
        format!(
            "No auth provider found matching the given token. Check that your JWT's issuer and \
             audience match one of your configured providers: [CustomJWT(issuer={issuer}, \
             app_id=convex), CustomJWT(issuer=https://pinned.example.com, app_id=none)]"
        )
    );
    let other_audience = server.token_with("alice", &json!({ "aud": "another app" }));
    assert_eq!(refused(&other_audience).await.0, "NoAuthProvider");
    let not_yet = server.token_with("alice", &json!({ "nbf": now() + 60 }));
    assert!(refused(&not_yet).await.1.contains("will be valid in"));
}

#[tokio::test]
async fn a_token_is_accepted_for_five_seconds_after_it_expires() {
    let server = Server::start().await;
    let late = server.token_with("alice", &json!({ "exp": now() - 3 }));
    assert_eq!(whoami(&server, &late).await.0, 200);
}

#[tokio::test]
async fn a_token_without_a_valid_signature_is_refused() {
    use base64::Engine as _;
    let server = Server::start().await;
    let encode = |json: Json| base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let issuer = server.backend.site_url();
    let payload = json!({ "iss": issuer, "aud": "convex", "sub": "root", "exp": now() + 60 });
    for algorithm in ["none", "HS256", "EdDSA"] {
        let header = json!({ "alg": algorithm, "kid": "rsa-1" });
        let token = format!("{}.{}.AAAA", encode(header), encode(payload.clone()));
        assert_eq!(whoami(&server, &token).await.0, 401, "{algorithm}");
    }
}

/// An issuer other than this app. It has its documents in memory and counts how often its keys are fetched.
mod elsewhere {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::time::SystemTime;

    use convex_local::auth::{AuthProvider, Authenticator, KeyStore, LocalFetch};
    use futures::FutureExt as _;
    use serde_json::{Value as Json, json};

    use crate::support::{jwks, now, pinned_token};

    const ISSUER: &str = "https://issuer.example.com";

    struct Issuer {
        keys: Arc<Mutex<Result<Json, String>>>,
        fetches: Arc<AtomicUsize>,
        authenticator: Authenticator,
    }

    fn issuer() -> Issuer {
        let keys = Arc::new(Mutex::new(Ok(jwks())));
        let fetches = Arc::new(AtomicUsize::new(0));
        let (served, counted) = (keys.clone(), fetches.clone());
        let fetch: LocalFetch = Arc::new(move |address| {
            let path = address.strip_prefix(ISSUER)?;
            let answer = match path {
                "/.well-known/openid-configuration" => {
                    Ok(json!({ "issuer": ISSUER, "jwks_uri": format!("{ISSUER}/keys") }))
                }
                "/keys" => {
                    counted.fetch_add(1, Ordering::Relaxed);
                    served.lock().unwrap().clone()
                }
                other => Err(format!("no {other}")),
            };
            Some(async move { answer.map(|json| json.to_string().into_bytes()) }.boxed())
        });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let authenticator = Authenticator::new(KeyStore::new(http.clone(), http, Some(fetch)));
        Issuer {
            keys,
            fetches,
            authenticator,
        }
    }

    impl Issuer {
        async fn verify(&self) -> Result<Json, String> {
            let provider = json!({ "domain": "issuer.example.com/", "applicationID": "app" });
            let provider: AuthProvider = serde_json::from_value(provider).unwrap();
            let claims = json!({
                "iss": ISSUER, "aud": "app", "sub": "x", "exp": now() + 60, "given_name": "Ada",
            });
            let token = pinned_token(&claims);
            let verified = self
                .authenticator
                .verify(&token, &[provider], SystemTime::now())
                .await;
            verified
                .map(|verified| verified.identity.claims)
                .map_err(|error| error.code.to_owned())
        }

        fn fetches(&self) -> usize {
            self.fetches.load(Ordering::Relaxed)
        }
    }

    fn provider_crypto() {
        let _ = rustls::crypto::ring::default_provider().install_default();
    }

    #[tokio::test]
    async fn keys_are_discovered_once_and_claims_get_convexs_names() {
        provider_crypto();
        let issuer = issuer();
        for _ in 0..3 {
            let identity = issuer.verify().await.unwrap();
            assert_eq!(identity["givenName"], "Ada");
            assert_eq!(identity["tokenIdentifier"], format!("{ISSUER}|x"));
        }
        assert_eq!(issuer.fetches(), 1);
    }

    #[tokio::test]
    async fn a_new_key_is_found_but_forged_tokens_cause_no_flood_of_fetches() {
        provider_crypto();
        let issuer = issuer();
        let keys = std::mem::replace(&mut *issuer.keys.lock().unwrap(), Ok(json!({ "keys": [] })));
        let forged = (0..20).map(|_| issuer.verify());
        for outcome in futures::future::join_all(forged).await {
            assert_eq!(outcome.unwrap_err(), "Unauthenticated");
        }
        assert!(issuer.fetches() <= 2, "{} fetches", issuer.fetches());
        // A key that the issuer adds right after a fetch is accepted, too.
        *issuer.keys.lock().unwrap() = keys;
        assert!(issuer.verify().await.is_ok());
    }

    #[tokio::test]
    async fn tokens_are_refused_while_their_issuer_is_down_and_accepted_afterwards() {
        provider_crypto();
        let issuer = issuer();
        let keys = std::mem::replace(&mut *issuer.keys.lock().unwrap(), Err("down".to_owned()));
        assert_eq!(issuer.verify().await.unwrap_err(), "InvalidAuthHeader");
        *issuer.keys.lock().unwrap() = keys;
        assert!(issuer.verify().await.is_ok());
    }
}
