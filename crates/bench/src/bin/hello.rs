//! The smallest page of `leptos_axum`, to compare the app's pages with. It takes the address to listen on, and ends
//! when its input does.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use axum::Router;
use leptos::config::LeptosOptions;
use leptos::prelude::*;
use leptos_axum::{LeptosRoutes as _, generate_route_list};
use leptos_router::SsrMode;
use leptos_router::components::{Route, Router as Pages, Routes};
use leptos_router::path;
use mimalloc::MiMalloc;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

/// The allocator of the app's server.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The page.
#[component]
fn Hello() -> impl IntoView {
    view! {
        <Pages>
            <Routes fallback=|| "Not found.">
                <Route path=path!("/") view=|| view! { <h1>"Hello"</h1> } ssr=SsrMode::Async/>
            </Routes>
        </Pages>
    }
}

/// Renders the document.
fn shell() -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <title>"Hello"</title>
            </head>
            <body>
                <Hello/>
            </body>
        </html>
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let addr = std::env::args().nth(1).context("no address to listen on")?;
    let addr: SocketAddr = addr.parse().context("no address to listen on")?;
    let options = LeptosOptions::builder().output_name("hello").build();
    let routes = generate_route_list(Hello);
    let router = Router::new()
        .leptos_routes(&options, routes, shell)
        .with_state(options);
    let listener = TcpListener::bind(addr).await?;
    let until = async {
        let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
    };
    axum::serve(listener, router)
        .with_graceful_shutdown(until)
        .await?;
    Ok(())
}
