//! Two islands on a page that the server renders. They share one client, and one socket.

use leptos::{context::Provider, prelude::*};
use leptos_convex::{ConvexClient, Preloaded, Query, Value, use_mutation, use_preloaded_query};

fn count() -> Query<f64> {
    Query::new("counter:get", ())
}

/// The outer island. It provides the client to the islands among its children.
#[island]
fn Live(children: Children) -> impl IntoView {
    let client = ConvexClient::new("https://happy-animal-123.convex.cloud");
    view! { <Provider value=client>{children()}</Provider> }
}

/// Shows the server's result in the first paint, and all changes from then on.
#[island]
fn Counter(preloaded: Preloaded<f64>) -> impl IntoView {
    let count = use_preloaded_query(preloaded);
    view! { <output>{move || count.get()}</output> }
}

#[island]
fn Increment() -> impl IntoView {
    let increment = use_mutation(|()| leptos_convex::Mutation::<()>::new("counter:increment", ()));
    view! { <button on:click=move |_| increment.dispatch(())>"+1"</button> }
}

/// The page. It adds no code to the browser's half.
#[component]
fn Page() -> impl IntoView {
    // On the server this comes from `server::HttpClient::preload`.
    let preloaded = Preloaded::new(&count(), &Value::Float64(42.0)).ok();
    view! {
        <h1>"Counter"</h1>
        <Live>
            {preloaded.map(|preloaded| view! { <Counter preloaded/> })}
            <Increment/>
        </Live>
    }
}

fn main() {
    // The server renders `view! { <Page/> }` in its shell; the browser starts the islands it finds.
    let _ = Page;
    leptos::mount::hydrate_islands();
}
