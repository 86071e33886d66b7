//! One query for each person on a list.

use leptos::prelude::*;
use leptos_convex::{ConvexClient, ConvexProvider, Query, QueryState, UseQuery, use_queries};
use serde::Serialize;

#[derive(Serialize)]
struct CountArgs {
    person: String,
}

fn count(person: String) -> Query<f64> {
    Query::new("todos:count", CountArgs { person })
}

#[component]
fn Counts(#[prop(into)] people: Signal<Vec<String>>) -> impl IntoView {
    let counts = use_queries(move || {
        let query = |person: String| (person.clone(), count(person));
        people.get().into_iter().map(query).collect()
    });
    let line = |(person, count): (String, UseQuery<f64>)| {
        let count = move || match count.state() {
            QueryState::Loading => "...".to_owned(),
            QueryState::Ready(count) => count.to_string(),
            QueryState::Error(error) => error.to_string(),
            _ => String::new(),
        };
        view! { <li>{person}": "{count}</li> }
    };
    view! {
        <ul>
            <For each=move || counts.get() key=|(person, _)| person.clone() children=line />
        </ul>
    }
}

#[component]
fn App() -> impl IntoView {
    let client = ConvexClient::new("https://happy-animal-123.convex.cloud");
    let people = vec!["Ada".to_owned(), "Grace".to_owned()];
    view! { <ConvexProvider client><Counts people /></ConvexProvider> }
}

fn main() {
    leptos::mount::hydrate_body(App);
}
