//! A test of names in pages. A person can choose any text as their name.

mod common;

use std::sync::Once;

use axum::Router;
use axum::routing::get;
use common::{Claims, SessionScript, Signer, Upstream, request, send, text};
use leptos::prelude::*;
use leptos_better_auth::AuthBootstrap;
use leptos_better_auth::{ConvexBetterAuthProvider, RequireAuth, use_session};

const MARKUP: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>";

#[component]
fn Greeting() -> impl IntoView {
    let session = use_session();
    let name = Signal::derive(move || session.data().map(|data| data.user.name));
    view! { <p title=name>"Hello, " {name}</p> }
}

fn page() -> impl IntoView {
    view! {
        <ConvexBetterAuthProvider>
            <RequireAuth redirect_to="/sign-in">
                <Greeting/>
            </RequireAuth>
        </ConvexBetterAuthProvider>
    }
}

#[tokio::test]
async fn markup_in_a_name_is_escaped_in_the_page_and_in_its_data() {
    static LISTED: Once = Once::new();
    LISTED.call_once(|| drop(leptos_axum::generate_route_list(|| ())));
    let upstream = Upstream::start().await;
    let signer = Signer::rsa("key-1");
    upstream.script().keys = vec![signer.jwk()];
    upstream.script().session = SessionScript::Gone;
    let app = Router::new()
        .route("/", get(leptos_axum::render_app_async(page)))
        .layer(common::auth(&upstream).layer());
    let token = signer.sign(&Claims::good(&upstream.url()).with("name", MARKUP));
    let cookie = format!("better-auth.session_token=SECRET.sig; better-auth.convex_jwt={token}");
    let headers = [("accept", "text/html"), ("cookie", cookie.as_str())];
    let answer = send(&app, request("GET", "/", &headers, "")).await;
    assert_eq!(answer.headers()["cache-control"], "private, no-store");
    let page = text(answer).await;
    assert!(
        page.contains("Hello, ") && page.contains("&lt;/script"),
        "{page}"
    );
    for markup in ["<script>alert", "<img src=x", "</script><script>alert"] {
        assert!(!page.contains(markup), "{page}");
    }
    // The browser half gets the token in a masked form, which differs from page to page.
    assert!(!page.contains(&token), "{page}");
    assert_eq!(bootstrap_of(&page).initial_token, Some(token));
    assert!(
        !page.contains("SECRET"),
        "the page contains the session cookie: {page}"
    );
}

/// Returns the page's data for its browser half, from the script in which Leptos puts it.
fn bootstrap_of(page: &str) -> AuthBootstrap {
    let (_, data) = page.split_once("__RESOLVED_RESOURCES[0] = ").expect("data");
    let mut texts = serde_json::Deserializer::from_str(data).into_iter::<String>();
    let json = texts.next().expect("a text").expect("a text");
    serde_json::from_str(&json).expect("a bootstrap")
}
