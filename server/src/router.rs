//! The whole URL space on one screen, and the order of the layers.

use std::{sync::Arc, time::Duration};

use app::account::two_factor; // two-factor
use axum::{
    Router,
    extract::{FromRef, Request, State},
    http::{Method, StatusCode, Uri},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use leptos::prelude::LeptosOptions;
use leptos_axum::{LeptosRoutes, generate_route_list};
use leptos_better_auth::server::{ConvexBetterAuth, same_origin};
use tower_http::{
    catch_panic::CatchPanicLayer,
    limit::RequestBodyLimitLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    timeout::TimeoutLayer,
};

use crate::{
    Config, StartError,
    assets::Assets,
    backend::{Backend, auth},
    error,
    front::{self, REQUEST_ID},
    headers::{self, PagePolicy},
    health, logging,
    mailbox::{self, Mailbox},
    metrics::{self, Metrics},
    sockets,
};

/// Forms are small; larger bodies are refused with `413`.
const BODY_LIMIT: usize = 256 * 1024;

/// A page or server function that takes longer is answered with `504`. The upstream clients have
/// shorter limits of their own, so this is the last resort.
const PAGE_TIMEOUT: Duration = Duration::from_secs(30);

/// What handlers share. A cheap clone.
#[derive(Clone, Debug)]
pub struct AppState {
    leptos: LeptosOptions,
    assets: Arc<Assets>,
    auth: ConvexBetterAuth,
    policy: PagePolicy,
    mailbox: Option<Mailbox>,
    pub(crate) metrics: Metrics,
    /// Whether people reach the app by https.
    pub(crate) https: bool,
}

impl AppState {
    /// The address that opens the development mailbox, if there is one. A secret.
    pub(crate) fn mailbox_link(&self, site_url: &str) -> Option<String> {
        self.mailbox.as_ref().map(|mailbox| mailbox.link(site_url))
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

impl AppState {
    /// Builds the state from the configuration, the backend and the files.
    ///
    /// # Errors
    ///
    /// When the configuration contradicts itself.
    pub fn new(
        config: &Config,
        site_url: &str,
        backend: &Backend,
        assets: Arc<Assets>,
    ) -> Result<Self, StartError> {
        let auth = auth(config, site_url, backend)?;
        Ok(Self {
            leptos: config.site.leptos_options(),
            assets,
            metrics: Metrics::new(auth.clone()),
            auth,
            policy: PagePolicy {
                site: site_url.to_owned(),
                backend: backend
                    .origins(site_url)
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
                images: config.image_origins.clone(),
                reload: config.site.reload_origins(),
            },
            mailbox: backend.mailbox(config, site_url),
            https: site_url.starts_with("https:"),
        })
    }
}

/// Every route of the server.
pub fn router(state: AppState, backend: &Backend) -> Router {
    let auth = state.auth.clone();
    let log = logging::requests(auth.clone());
    let metrics = state.metrics.clone();
    let sockets = backend
        .sync_routes()
        .layer(middleware::from_fn_with_state(auth.clone(), sockets::check));
    Router::new()
        .route("/healthz", get(health::healthz))
        .merge(auth_routes(&state)) //     /api/auth/{*path}
        .merge(sockets) //                 /api/{version}/sync
        .merge(backend.files_routes()) //  /api/storage/{*path}
        .fallback_service(pages(&state)) // files, /actions/*, pages, 404
        // innermost first
        .layer(CatchPanicLayer::custom(error::panic_page))
        .layer(middleware::from_fn_with_state(state, headers::apply))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(log)
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(middleware::from_fn_with_state(auth, front::check))
        .layer(middleware::from_fn_with_state(metrics, metrics::count))
}

/// Better Auth's routes, with what the app itself does at a sign-out.
fn auth_routes(state: &AppState) -> Router {
    let forget = middleware::from_fn_with_state(state.https, two_factor::forget_at_sign_out);
    state.auth.routes().layer(forget)
}

/// The site: files first, then server functions and pages with the visitor's identity resolved.
fn pages(state: &AppState) -> Router {
    let shell = {
        let state = state.clone();
        move || app::shell(state.leptos.clone(), state.assets.document().clone())
    };
    let context = {
        let (policy, mailbox) = (state.policy.clone(), state.mailbox.clone());
        move || {
            policy.apply();
            if let Some(mailbox) = &mailbox {
                mailbox.provide();
            }
        }
    };
    let not_found = leptos_axum::render_app_async_with_context(context.clone(), shell.clone());
    let routes = generate_route_list(app::App);
    Router::new()
        .leptos_routes_with_context(state, routes, context, shell)
        .fallback(move |request: Request| async move {
            let mut page = not_found(request).await;
            if page.status() == StatusCode::OK {
                *page.status_mut() = StatusCode::NOT_FOUND;
            }
            page
        })
        .with_state(state.clone())
        // innermost first
        .layer(state.auth.layer())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            PAGE_TIMEOUT,
        ))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(middleware::from_fn_with_state(
            state.auth.clone(),
            same_origin,
        ))
        .layer(middleware::from_fn_with_state(
            state.mailbox.clone(),
            mailbox::unlock,
        ))
        .layer(middleware::from_fn_with_state(state.clone(), files))
}

/// The address without the slash at its end. A page has one address.
fn without_slash(method: &Method, uri: &Uri) -> Option<String> {
    let path = uri.path().strip_suffix('/')?;
    // `//elsewhere.example` would be another site.
    if path.is_empty()
        || uri.path().contains("//")
        || !matches!(*method, Method::GET | Method::HEAD)
    {
        return None;
    }
    Some(match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    })
}

/// Answers with a file if there is one at that path. Paths under the folder of generated files and under
/// the APIs cannot be pages, so they are answered with a short `404`.
async fn files(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if let Some(address) = without_slash(request.method(), request.uri()) {
        return Redirect::permanent(&address).into_response();
    }
    let path = request.uri().path();
    if let Some(file) = state
        .assets
        .respond(request.method(), path, request.headers())
    {
        return file;
    }
    let pkg = state.leptos.site_pkg_dir_route_base();
    if path.starts_with(&pkg) || path.starts_with("/api/") {
        return (StatusCode::NOT_FOUND, "Not found.\n").into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_leads_to_the_page_and_nowhere_else() {
        let of =
            |method: Method, address: &str| without_slash(&method, &address.parse().expect("uri"));
        assert_eq!(
            of(Method::GET, "/sign-in/?a=b/").as_deref(),
            Some("/sign-in?a=b/")
        );
        assert_eq!(of(Method::HEAD, "/a/b/").as_deref(), Some("/a/b"));
        for stays in ["/", "/a", "//", "//elsewhere.example/", "/a//", "/?a=/"] {
            assert_eq!(of(Method::GET, stays), None, "{stays}");
        }
        assert_eq!(of(Method::POST, "/a/"), None);
    }
}
