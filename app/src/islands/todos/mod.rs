//! The todos: a live list, and forms that change it with and without WebAssembly.

mod actions;
mod add;
#[cfg(feature = "ssr")]
mod answer;
mod changes;
mod clear;
mod draft;
mod item;

use leptos::prelude::*;
use leptos_better_auth::{PreloadedAuthQuery, use_preloaded_auth_query};
use leptos_convex::{ForRows, Rows};

use super::ConnectionBadge;
use crate::{api::todos::Todo, ui::Alert};
use add::AddForm;
use changes::{TodoChanges, use_todo_changes};
use clear::ClearForm;
use item::TodoItem;

/// Name of the form with the todos.
pub const TODOS: &str = "todos";

/// The message for an empty todo.
const NOTHING_TO_DO: &str = "Enter what to do";

/// Shows the signed-in user's todos.
#[island]
pub fn TodoPanel(
    /// The todos, as the server read them.
    todos: PreloadedAuthQuery<Vec<Todo>>,
    /// The reason why the last form was refused.
    problem: Option<String>,
    /// The error of the new todo.
    text_error: Option<String>,
) -> impl IntoView {
    let rows = use_preloaded_auth_query(todos).rows(|todo| todo.id.clone());
    let changes = use_todo_changes();
    let message = Signal::derive(move || changes.problem().or_else(|| problem.clone()));
    view! {
        <section class="card stack" aria-labelledby="todos-title">
            <div class="panel-title">
                <h2 id="todos-title">"Todos"</h2>
                <ConnectionBadge/>
            </div>
            <AddForm changes text_error/>
            <Alert message/>
            <TodoList rows changes/>
            <Foot rows changes/>
        </section>
    }
}

#[component]
fn TodoList(
    /// The current todos, a signal for each.
    rows: Rows<Todo>,
    /// The changes of the todos.
    changes: TodoChanges,
) -> impl IntoView {
    let is_empty = Memo::new(move |_| rows.with(Vec::is_empty));
    view! {
        <Show
            when=move || !is_empty.get()
            fallback=|| view! { <p class="todo-empty">"No todos yet. Add one above!"</p> }
        >
            <ul class="todo-list">
                <ForRows each=rows let:todo>
                    <TodoItem todo changes/>
                </ForRows>
            </ul>
        </Show>
    }
}

#[component]
fn Foot(
    /// The current todos, a signal for each.
    rows: Rows<Todo>,
    /// The changes of the todos.
    changes: TodoChanges,
) -> impl IntoView {
    let counts = Memo::new(move |_| {
        rows.with(|rows| {
            let done = rows.iter().filter(|row| row.with(|todo| todo.completed));
            (done.count(), rows.len())
        })
    });
    let text = move || {
        let (done, all) = counts.get();
        format!("{done} of {all} done")
    };
    view! {
        <Show when=move || counts.get().1 != 0>
            <div class="todo-foot">
                <p>{text}</p>
                <Show when=move || counts.get().0 != 0>
                    <ClearForm changes/>
                </Show>
            </div>
        </Show>
    }
}
