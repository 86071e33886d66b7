//! A value in the first paint that stays live.

use leptos::prelude::*;
use leptos_convex::{ConvexClient, ConvexProvider, Preloaded, Query, Value, use_preloaded_query};

fn count() -> Query<f64> {
    Query::new("counter:get", ())
}

#[component]
fn Counter(preloaded: Preloaded<f64>) -> impl IntoView {
    let count = use_preloaded_query(preloaded);
    view! { <p>{move || count.get()}</p> }
}

#[component]
fn App() -> impl IntoView {
    let client = ConvexClient::new("https://happy-animal-123.convex.cloud");
    // On the server this comes from `server::HttpClient::preload`, through a `Resource` or `SharedValue`.
    let preloaded = Preloaded::new(&count(), &Value::Float64(42.0)).ok();
    view! { <ConvexProvider client>{preloaded.map(|preloaded| view! { <Counter preloaded /> })}</ConvexProvider> }
}

fn main() {
    leptos::mount::hydrate_body(App);
}
