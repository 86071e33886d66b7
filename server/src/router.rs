//! The whole URL space and the order of the layers, on one screen.

use std::{sync::Arc, time::Duration};

use app::account::two_factor; // two-factor
use axum::{
    Router,
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::TimeoutLayer,
};

use crate::mailbox; // dev
use crate::{
    backend::Backend,
    body, compress, error,
    front::{self, REQUEST_ID},
    headers, health, logging, metrics, release, sockets,
    state::AppState,
};

/// A page or server function that takes longer is answered with `504`. The upstream clients have shorter limits, so
/// this is the last resort.
const PAGE_TIMEOUT: Duration = Duration::from_secs(30);

/// Returns all routes of the server.
///
/// Layers are combined by [`ServiceBuilder`]. With `Router::layer`, each layer would box everything inside it, and each
/// middleware would clone all those boxes for a request.
pub fn router(state: &AppState, backend: &Backend) -> Router {
    let auth = state.auth.clone();
    let log = logging::requests(auth.clone());
    let document = state.assets.document().clone();
    let sockets = backend
        .sync_routes()
        .layer(middleware::from_fn_with_state(auth.clone(), sockets::check));
    Router::new()
        .route("/healthz", get(health::healthz))
        .route(
            release::PATH,
            get(move || async move { release::answer(&document) }),
        )
        .merge(sockets) //                 /api/{version}/sync
        .merge(backend.files_routes()) //  /api/storage/{*path}
        .fallback_service(site(state)) // files, /api/auth/*, /actions/*, pages, 404
        .layer(
            ServiceBuilder::new() // outermost first
                .layer(middleware::from_fn_with_state(
                    state.metrics.clone(),
                    metrics::count,
                ))
                .layer(middleware::from_fn_with_state(auth.clone(), front::check))
                .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
                .layer(log)
                .layer(PropagateRequestIdLayer::new(REQUEST_ID))
                .layer(compress::layer())
                .layer(middleware::from_fn_with_state(auth, headers::apply))
                .layer(middleware::from_fn(compress::mark))
                .layer(CatchPanicLayer::custom(error::panic_page)),
        )
}

/// Returns the routes of the site: files first, then Better Auth's routes, server functions and pages.
fn site(state: &AppState) -> Router {
    let pages = pages(state).layer(
        ServiceBuilder::new() // outermost first
            .layer(TimeoutLayer::with_status_code(
                StatusCode::GATEWAY_TIMEOUT,
                PAGE_TIMEOUT,
            ))
            .layer(middleware::from_fn(body::read)),
    );
    let site = state.auth.mount(pages);
    let site = two_factor::forget_at_sign_out(site, &state.auth); // two-factor
    let site = mailbox::guard(site, &state.mailbox); // dev
    site.layer(middleware::from_fn_with_state(state.clone(), files))
}

/// Returns the routes of server functions and pages.
fn pages(state: &AppState) -> Router {
    let context = {
        let state = state.clone();
        move || {
            state.policy.apply();
            mailbox::provide(state.mailbox.as_ref()); // dev
        }
    };
    let (leptos, assets) = (state.leptos.clone(), state.assets.document().clone());
    app::served::router(leptos, assets, Arc::new(context), |request| {
        let is_form =
            request.method() == Method::POST && request.uri().path().starts_with("/actions/");
        is_form.then(release::stale_form)
    })
}

/// Answers with a file if there is one at that path. Paths below the folder of generated files and below the APIs
/// cannot be pages, so they get a short `404`.
async fn files(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method(), request.uri().path());
    if let Some(file) = state.assets.respond(method, path, request.headers()) {
        return file;
    }
    let pkg = state.leptos.site_pkg_dir_route_base();
    let is_no_page = path.starts_with(&pkg) || path.starts_with("/api/");
    if is_no_page && !state.auth.serves(path) {
        return (StatusCode::NOT_FOUND, "Not found.\n").into_response();
    }
    next.run(request).await
}
