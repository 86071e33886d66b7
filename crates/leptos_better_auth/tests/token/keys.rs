//! Tests of tokens and the deployment's keys: which signatures are accepted, and when keys are fetched.

use std::time::Duration;

use leptos_better_auth::server::ConvexBetterAuth;
use serde_json::json;

use super::app::{PAGE, app, counts, deployment, session_and};
use super::common::keys::{assemble, now, sign_hs256};
use super::common::{
    self, Claims, Signer, TokenScript, Upstream, config, request, send, set_cookies, text,
};

#[tokio::test]
async fn eddsa_tokens_and_secure_cookies_are_accepted_too() {
    let upstream = Upstream::start().await;
    let signer = Signer::ed25519("ed-1");
    upstream.script().keys = vec![json!({ "kty": "unknown", "kid": "x" }), signer.jwk()];
    let app = app(&common::auth(&upstream));
    let jwt = signer.sign(&Claims::good(&upstream.url()));
    let cookie = format!(
        "__Secure-better-auth.session_token=s; better-auth.convex_jwt=old; __Secure-better-auth.convex_jwt={jwt}"
    );
    let response = send(&app, request("GET", "/", &[PAGE, ("cookie", &cookie)], "")).await;
    assert_eq!(text(response).await, "SignedIn Alice");
}

#[tokio::test]
async fn forged_tokens_are_not_accepted_and_are_deleted() {
    let (upstream, signer, app) = deployment().await;
    let url = upstream.url();
    let good = Claims::good(&url);
    let header = json!({ "alg": "RS256", "kid": "key-1" });
    let signed = signer.sign(&good);
    let (head, signature) = signed.rsplit_once('.').expect("three parts");
    let root = Claims::good(&url).with("sub", "user-root");
    let forged = [
        ("garbage", "nope".to_owned()),
        ("empty parts", "..".to_owned()),
        (
            "alg none",
            assemble(&json!({ "alg": "none", "kid": "key-1" }), &good, b""),
        ),
        (
            "alg None",
            assemble(&json!({ "alg": "None", "kid": "key-1" }), &good, b""),
        ),
        (
            "public key as secret",
            sign_hs256("key-1", &good, &signer.public_secret()),
        ),
        (
            "changed claims",
            assemble(&header, &root, signature.as_bytes()),
        ),
        ("cut signature", head.to_owned() + "."),
        ("no signature", assemble(&header, &good, b"")),
        (
            "key of another under our id",
            Signer::other_rsa("key-1").sign(&good),
        ),
        ("unknown key id", Signer::other_rsa("key-9").sign(&good)),
        (
            "no key id",
            assemble(&json!({ "alg": "RS256" }), &good, b"x"),
        ),
        (
            "wrong issuer",
            signer.sign(&Claims::good("https://evil.example")),
        ),
        (
            "wrong audience",
            signer.sign(&good.clone().with("aud", "other")),
        ),
        ("no audience", signer.sign(&good.clone().without("aud"))),
        ("no issuer", signer.sign(&good.clone().without("iss"))),
        ("no end", signer.sign(&good.clone().without("exp"))),
        ("no subject", signer.sign(&good.clone().without("sub"))),
        (
            "not yet valid",
            signer.sign(&good.clone().with("nbf", now() + 600)),
        ),
        ("expired", signer.sign(&good.clone().with("exp", now() - 1))),
    ];
    for (what, jwt) in forged {
        let alone = format!("better-auth.convex_jwt={jwt}");
        let response = send(&app, request("GET", "/", &[PAGE, ("cookie", &alone)], "")).await;
        let cleared = set_cookies(&response);
        assert_eq!(text(response).await, "SignedOut ", "{what}");
        assert_eq!(cleared.len(), 1, "{what}");
        assert!(
            cleared[0].starts_with("better-auth.convex_jwt=;") && cleared[0].contains("Max-Age=0"),
            "{what}"
        );
    }
    assert_eq!(
        counts(&upstream).1,
        0,
        "without a session, no token is requested"
    );
}

#[tokio::test]
async fn rotated_keys_are_fetched_for_a_new_id_but_not_for_every_invented_one() {
    let (upstream, signer, app) = deployment().await;
    let good = Claims::good(&upstream.url());
    let first = session_and(&signer.sign(&good));
    assert_eq!(
        text(send(&app, request("GET", "/", &[PAGE, ("cookie", &first)], "")).await).await,
        "SignedIn Alice"
    );
    // Within `keys_floor`, an unknown id does not cause a fetch of the keys, and the session decides.
    let rotated = Signer::other_rsa("key-2");
    upstream.script().keys.push(rotated.jwk());
    upstream.script().token = TokenScript::Token(rotated.sign(&good));
    let second = session_and(&rotated.sign(&good));
    for _ in 0..5 {
        assert_eq!(
            text(send(&app, request("GET", "/", &[PAGE, ("cookie", &second)], "")).await).await,
            "SignedIn Alice"
        );
    }
    assert_eq!(counts(&upstream), (1, 5));
    // After `keys_floor`, the keys are fetched once, and no token has to be requested.
    let mut config = config(&upstream);
    config.jwt_cache.keys_floor = Duration::from_millis(50);
    let app = self::app(&ConvexBetterAuth::new(config).expect("configuration"));
    upstream.script().keys = vec![signer.jwk()];
    assert_eq!(
        text(send(&app, request("GET", "/", &[PAGE, ("cookie", &first)], "")).await).await,
        "SignedIn Alice"
    );
    upstream.script().keys = vec![rotated.jwk()];
    tokio::time::sleep(Duration::from_millis(60)).await;
    for _ in 0..3 {
        assert_eq!(
            text(send(&app, request("GET", "/", &[PAGE, ("cookie", &second)], "")).await).await,
            "SignedIn Alice"
        );
    }
    assert_eq!(counts(&upstream), (3, 5));
    // A withdrawn key is no longer accepted, and the session decides.
    upstream.script().token = TokenScript::NoSession;
    assert_eq!(
        text(send(&app, request("GET", "/", &[PAGE, ("cookie", &first)], "")).await).await,
        "SignedOut "
    );
}

#[tokio::test]
async fn without_keys_a_token_is_neither_accepted_nor_deleted() {
    let (upstream, signer, _) = deployment().await;
    let jwt = signer.sign(&Claims::good(&upstream.url()));
    let mut config = config(&upstream);
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .expect("port")
        .local_addr()
        .expect("address");
    config.convex_site_url = format!("http://{free}");
    let app = app(&ConvexBetterAuth::new(config).expect("configuration"));
    let cookie = format!("better-auth.convex_jwt={jwt}");
    let response = send(&app, request("GET", "/", &[PAGE, ("cookie", &cookie)], "")).await;
    assert_eq!(set_cookies(&response), [""; 0]);
    assert_eq!(text(response).await, "Unknown ");
}
