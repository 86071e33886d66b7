//! An app whose pages live sessions can answer.

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use axum::routing::{get, post};
use leptos::prelude::{Owner, provide_context};
use leptos::reactive::computed::ScopedFuture;
use leptos_axum::ResponseOptions;
use leptos_better_auth::preload_auth_query;
use leptos_better_auth::server::{
    ConvexBetterAuth, RequestAuth, auth_client, fetch_auth_action, fetch_auth_mutation, forms,
};
use leptos_convex::{Action, Mutation, Query};
use serde_json::Value;

/// Runs `work` as Leptos runs a page, with the request's parts and the response options in the context.
async fn in_leptos<F: Future<Output = String>>(
    request: Request,
    work: impl FnOnce() -> F,
) -> Response {
    let (parts, _body) = request.into_parts();
    let owner = Owner::new();
    let response = ResponseOptions::default();
    let work = owner.with(|| {
        provide_context(parts);
        provide_context(response.clone());
        ScopedFuture::new(work())
    });
    let mut answer = axum::response::IntoResponse::into_response(work.await);
    let set = std::mem::take(&mut response.0.write().expect("whole").headers);
    answer.headers_mut().extend(set);
    answer
}

async fn strict(request: Request) -> String {
    let auth = request.extensions().get::<RequestAuth>().expect("there");
    format!("{:?}", auth.strict_state().await)
}

async fn preloaded(path: &'static str) -> String {
    let preloaded = preload_auth_query(Query::<Value>::new(path, ())).await;
    preloaded.map_or_else(
        |error| format!("error: {error}"),
        |preloaded| {
            preloaded
                .value()
                .expect("reads")
                .unwrap_or_default()
                .to_string()
        },
    )
}

/// Returns an app with a page of two queries, a page that requests a fresh token if its query is `null`, and forms.
pub(crate) fn app(auth: &ConvexBetterAuth) -> Router {
    let page = |request: Request| {
        in_leptos(request, || async {
            let (a, b) = futures::join!(preloaded("a:a"), preloaded("a:b"));
            format!("{a} {b}")
        })
    };
    let doubting = |request: Request| {
        let auth = request.extensions().get::<RequestAuth>().cloned();
        in_leptos(request, || async {
            let shown = preloaded("a:a").await;
            if let (true, Some(auth)) = (shown == "null", auth) {
                auth.fresh_token().await;
            }
            shown
        })
    };
    let mutation = |request: Request| {
        in_leptos(request, || async {
            let done = fetch_auth_mutation(Mutation::<Value>::new("a:m", ())).await;
            done.map_or_else(|error| format!("error: {error}"), |done| done.to_string())
        })
    };
    let action = |request: Request| {
        in_leptos(request, || async {
            let done = fetch_auth_action(Action::<Value>::new("a:m", ())).await;
            done.map_or_else(|error| format!("error: {error}"), |done| done.to_string())
        })
    };
    let sign_out = |request: Request| {
        in_leptos(request, || async {
            format!("{:?}", forms::sign_out().await)
        })
    };
    let confirm = |request: Request| {
        in_leptos(request, || async {
            format!("{:?}", auth_client().verify_email("tok").await)
        })
    };
    let devices = |request: Request| {
        in_leptos(request, || async {
            format!("{:?}", auth_client().list_sessions().await)
        })
    };
    Router::new()
        .route("/page", get(page))
        .route("/devices", get(devices))
        .route("/confirm", post(confirm))
        .route("/doubting", get(doubting))
        .route("/strict", get(strict))
        .route("/mutation", post(mutation))
        .route("/action", post(action))
        .route("/sign-out", post(sign_out))
        .merge(auth.routes())
        .layer(auth.layer())
}
