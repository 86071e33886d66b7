//! The Rust code of the README's five steps, unchanged.

use leptos::prelude::*;
use leptos_convex::{ConvexClient, ConvexProvider};

#[component]
fn HomePage() -> impl IntoView {
    view! {
        <ConvexProvider client=ConvexClient::new("http://127.0.0.1:3210")>
            <TodoList />
        </ConvexProvider>
    }
}

use leptos_convex::{Id, Query};
use serde::Deserialize;

/// The table, for its ids.
enum Todos {}

#[derive(Deserialize)]
struct Todo {
    #[serde(rename = "_id")]
    id: Id<Todos>,
    text: String,
}

fn list() -> Query<Vec<Todo>> {
    Query::new("todos:list", ())
}

use leptos_convex::{ForRows, use_query};

#[component]
fn TodoList() -> impl IntoView {
    // A signal for each todo: when one is edited, its own text changes and nothing else.
    let todos = use_query(list).rows(|todo| todo.id.clone());
    view! {
        <ForRows each=todos let(todo)>
            <p>{move || todo.read().text.clone()}</p>
        </ForRows>
    }
}

fn main() {
    mount_to_body(HomePage);
}
