//! The pages as routes of axum. They are compiled with the app, so that the server has less to compile after a page
//! has changed.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use leptos::prelude::LeptosOptions;
use leptos_axum::{LeptosRoutes, generate_route_list};

use crate::{App, DocumentAssets, shell};

/// Returns server functions and pages. `provide` fills their context. `unmatched` may answer requests for which there
/// is no page; otherwise they get the page for unknown addresses.
pub fn router(
    options: LeptosOptions,
    assets: DocumentAssets,
    provide: Arc<dyn Fn() + Send + Sync>,
    unmatched: fn(&Request) -> Option<Response>,
) -> Router {
    let document = {
        let options = options.clone();
        move || shell(options.clone(), assets.clone())
    };
    let context = move || provide();
    let not_found = leptos_axum::render_app_async_with_context(context.clone(), document.clone());
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context, document)
        .fallback(move |request: Request| async move {
            if let Some(answer) = unmatched(&request) {
                return answer;
            }
            let mut page = not_found(request).await.into_response();
            if page.status() == StatusCode::OK {
                *page.status_mut() = StatusCode::NOT_FOUND;
            }
            page
        })
        .with_state(options)
}
