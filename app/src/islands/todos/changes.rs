//! The changes of todos over the live connection, with optimistic updates.

use leptos::prelude::*;
use leptos_convex::{CallError, Id, UseMutation, use_mutation};

use crate::api::{
    tables::Todos,
    todos::{self, CreateArgs, RemoveArgs, Todo, ToggleArgs},
};

/// Id of a todo that the server has not confirmed yet.
const UNCONFIRMED: &str = "unconfirmed";

/// The mutations of the todos, to be copied into as many closures as needed.
#[derive(Clone, Copy, Debug)]
pub(super) struct TodoChanges {
    pub(super) create: UseMutation<CreateArgs, Id<Todos>>,
    pub(super) toggle: UseMutation<ToggleArgs, ()>,
    pub(super) remove: UseMutation<RemoveArgs, ()>,
    pub(super) clear_done: UseMutation<(), f64>,
}

/// Creates the mutations, without a subscription.
pub(super) fn use_todo_changes() -> TodoChanges {
    TodoChanges {
        create: use_mutation(todos::create).with_optimistic_update(|store, args| {
            store.update(&todos::list(), |list| {
                list.insert(0, unconfirmed(&args.text));
            });
        }),
        toggle: use_mutation(todos::toggle).with_optimistic_update(|store, args| {
            store.update_document(&todos::list(), &args.id, |todo| {
                todo.completed = !todo.completed;
            });
        }),
        remove: use_mutation(todos::remove).with_optimistic_update(|store, args| {
            store.update(&todos::list(), |list| {
                list.retain(|todo| todo.id != args.id);
            });
        }),
        clear_done: use_mutation(|()| todos::clear_done()).with_optimistic_update(|store, ()| {
            store.update(&todos::list(), |list| list.retain(|todo| !todo.completed));
        }),
    }
}

impl TodoChanges {
    /// Explains why the last change failed, in words for the person. Tracks.
    pub(super) fn problem(self) -> Option<String> {
        let errors = [
            self.create.error(),
            self.toggle.error(),
            self.remove.error(),
            self.clear_done.error(),
        ];
        let error = errors.into_iter().find_map(|error| error.get())?;
        Some(match error {
            CallError::Convex(error) => error.text().to_owned(),
            _ => "That did not work. Please try again.".to_owned(),
        })
    }
}

/// Returns whether a todo is still being added. It cannot be changed until the server has it.
pub(super) fn is_unconfirmed(id: &Id<Todos>) -> bool {
    id.as_str() == UNCONFIRMED
}

fn unconfirmed(text: &str) -> Todo {
    Todo {
        id: Id::new(UNCONFIRMED),
        creation_time: 0.0,
        text: text.to_owned(),
        completed: false,
        user_id: String::new(),
    }
}
