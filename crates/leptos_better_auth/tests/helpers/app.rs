//! An app whose pages call the helpers, and its deployment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::Request;
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use http::StatusCode;
use leptos::prelude::{Owner, provide_context};
use leptos::reactive::computed::ScopedFuture;
use leptos_better_auth::server::{
    AuthConfig, ConvexBetterAuth, RequestAuth, fetch_auth_action, fetch_auth_mutation,
    fetch_auth_query, get_token, is_authenticated,
};
use leptos_better_auth::{preload_auth_query, use_auth_bootstrap};
use leptos_convex::{Action, CallError, Mutation, Query};
use serde_json::json;

use super::common::keys::now;
use super::common::{self, Claims, Signer, TokenScript, Upstream, request, send, text};

pub(crate) const PAGE: (&str, &str) = ("accept", "text/html");

/// Runs `work` as Leptos runs a page, with the request's parts in the context.
pub(crate) async fn in_leptos<F: Future<Output = String>>(
    request: Request,
    work: impl FnOnce() -> F,
) -> String {
    let (parts, _body) = request.into_parts();
    let owner = Owner::new();
    let work = owner.with(|| {
        provide_context(parts);
        ScopedFuture::new(work())
    });
    work.await
}

pub(crate) fn name() -> Query<Option<String>> {
    Query::new("auth:name", ())
}

pub(crate) fn show<T: std::fmt::Debug>(result: Result<T, CallError>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => format!("error: {error}"),
    }
}

pub(crate) fn app(auth: &ConvexBetterAuth) -> Router {
    let query =
        |request: Request| in_leptos(request, || async { show(fetch_auth_query(name()).await) });
    let mutation = |request: Request| {
        in_leptos(request, || async {
            show(fetch_auth_mutation(Mutation::<f64>::new("a:m", ())).await)
        })
    };
    let action = |request: Request| {
        in_leptos(request, || async {
            show(fetch_auth_action(Action::<f64>::new("a:a", ())).await)
        })
    };
    let preload = |request: Request| {
        in_leptos(request, || async {
            show(
                preload_auth_query(name())
                    .await
                    .map(|preloaded| preloaded.value().expect("decodes")),
            )
        })
    };
    let many = |request: Request| {
        in_leptos(request, || async {
            let (a, b, c, d) = futures::join!(
                fetch_auth_query(name()),
                fetch_auth_query(name()),
                get_token(),
                is_authenticated()
            );
            format!("{a:?} {b:?} {} {d}", c.is_some())
        })
    };
    let bootstrap = |request: Request| {
        in_leptos(request, || async {
            let bootstrap = use_auth_bootstrap();
            let user = bootstrap.session.map(|session| session.user.name);
            format!(
                "{:?} {user:?} {:?}",
                bootstrap.state, bootstrap.initial_token
            )
        })
    };
    // Like an app's page, this one greets by the token, and requests a fresh one if a function finds nobody signed in.
    let doubting = |request: Request| {
        let auth = request.extensions().get::<RequestAuth>().cloned();
        in_leptos(request, || async {
            let begun = use_auth_bootstrap();
            let user = preload_auth_query(name()).await;
            if user.is_ok_and(|user| matches!(user.value(), Ok(Some(None))))
                && let Some(auth) = auth
            {
                auth.fresh_token().await;
            }
            let user = begun.session.map(|session| session.user.name);
            format!(
                "{:?} {user:?} {}",
                begun.state,
                begun.initial_token.is_some()
            )
        })
    };
    // The page of a link that signs in once. It doubts the token, too.
    let is_used = Arc::new(AtomicBool::new(false));
    let link = move |request: Request| {
        let auth = request.extensions().get::<RequestAuth>().cloned();
        let is_used = Arc::clone(&is_used);
        async move {
            if let Some(auth) = auth {
                auth.fresh_token().await;
            }
            if is_used.swap(true, Ordering::Relaxed) {
                return StatusCode::GONE.into_response();
            }
            let session = "better-auth.session_token=new.sig; Path=/; HttpOnly";
            let headers = [("location", "/dashboard"), ("set-cookie", session)];
            (StatusCode::SEE_OTHER, headers).into_response()
        }
    };
    Router::new()
        .route("/doubting", get(doubting))
        .route("/link", get(link))
        .route("/query", get(query))
        .route("/mutation", post(mutation))
        .route("/action", post(action))
        .route("/preload", get(preload))
        .route("/many", get(many))
        .route("/bootstrap", get(bootstrap))
        .layer(auth.layer())
}

pub(crate) struct Deployment {
    pub(crate) upstream: Upstream,
    pub(crate) app: Router,
    pub(crate) cached: String,
    pub(crate) fresh: String,
}

impl Deployment {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut AuthConfig)) -> Self {
        let upstream = Upstream::start().await;
        let mut config = common::config(&upstream);
        change(&mut config);
        let auth = ConvexBetterAuth::new(config).expect("configuration");
        let signer = Signer::rsa("key-1");
        let good = Claims::good(&upstream.url());
        let (cached, fresh) = (
            signer.sign(&good),
            signer.sign(&good.with("iat", now() + 1)),
        );
        {
            let mut script = upstream.script();
            script.keys = vec![signer.jwk()];
            script.token = TokenScript::Token(fresh.clone());
        }
        Self {
            app: app(&auth),
            upstream,
            cached,
            fresh,
        }
    }

    pub(crate) fn answers(&self, calls: Vec<(u16, serde_json::Value)>) {
        let mut script = self.upstream.script();
        script.calls = calls;
        script.seen.clear();
    }

    pub(crate) async fn visit(&self, method: &str, path: &str) -> String {
        let cookie = format!(
            "better-auth.session_token=s; better-auth.convex_jwt={}",
            self.cached
        );
        text(
            send(
                &self.app,
                request(method, path, &[PAGE, ("cookie", &cookie)], ""),
            )
            .await,
        )
        .await
    }

    /// Returns the tokens with which the functions API was called.
    pub(crate) fn tokens_used(&self) -> Vec<Option<String>> {
        let calls = ["/api/query", "/api/mutation", "/api/action"];
        let seen = calls.iter().flat_map(|path| self.upstream.seen(path));
        seen.map(|seen| {
            seen.header("authorization")
                .map(|bearer| bearer.replace("Bearer ", ""))
        })
        .collect()
    }

    pub(crate) fn token_requests(&self) -> usize {
        self.upstream.asked_who()
    }
}

pub(crate) fn ok(value: impl Into<serde_json::Value>) -> (u16, serde_json::Value) {
    (200, json!({ "status": "success", "value": value.into() }))
}

pub(crate) fn refused() -> (u16, serde_json::Value) {
    (
        401,
        json!({ "code": "InvalidAuthHeader", "message": "Could not validate token: Token expired 6 seconds ago" }),
    )
}

pub(crate) fn thrown() -> (u16, serde_json::Value) {
    (
        200,
        json!({ "status": "error", "errorMessage": "Uncaught Error: boom", "errorData": null }),
    )
}
