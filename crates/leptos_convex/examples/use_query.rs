//! A live list with an argument that changes, and a query that runs only under a condition.

use leptos::prelude::*;
use leptos_convex::{
    ConvexClient, ConvexProvider, ForRows, Query, UseQueryOptions, use_query,
    use_query_with_options,
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Todo {
    #[serde(rename = "_id")]
    id: String,
    text: String,
}

#[derive(Serialize)]
struct ListArgs {
    done: bool,
}

#[derive(Serialize)]
struct GetArgs {
    id: String,
}

fn list(done: bool) -> Query<Vec<Todo>> {
    Query::new("todos:list", ListArgs { done })
}

fn get(id: String) -> Query<Option<Todo>> {
    Query::new("todos:get", GetArgs { id })
}

#[component]
fn Todos() -> impl IntoView {
    let (done, set_done) = signal(false);
    let (chosen, choose) = signal(None::<String>);
    let todos = use_query(move || list(done.get()));
    // The former result stays until the next one has arrived.
    let options = UseQueryOptions::default().with_keep_previous(true);
    let detail = use_query_with_options(move || chosen.get().map(get), options);
    // A signal for each todo, so that an edit changes only that todo's view.
    let rows = todos.rows(|todo| todo.id.clone());
    let status = move || match todos.error() {
        Some(error) => error.to_string(),
        None if todos.is_loading() => "Loading...".to_owned(),
        None => format!("{} todos", rows.read().len()),
    };
    view! {
        <button on:click=move |_| set_done.update(|done| *done = !*done)>"Done or not"</button>
        <p role="status">{status}</p>
        <ul>
            <ForRows each=rows let(todo)>
                <li on:click=move |_| {
                    choose.set(Some(todo.read_untracked().id.clone()));
                }>{move || todo.read().text.clone()}</li>
            </ForRows>
        </ul>
        <p>{move || detail.with(|todo| todo.as_ref().and_then(Option::as_ref).map(|todo| todo.text.clone()))}</p>
    }
}

#[component]
fn App() -> impl IntoView {
    let client = ConvexClient::new("https://happy-animal-123.convex.cloud");
    view! { <ConvexProvider client><Todos /></ConvexProvider> }
}

fn main() {
    leptos::mount::hydrate_body(App);
}
