//! Typed handles for the functions in `convex/`: one module a file, one function a function.

/// Functions of `convex/auth.ts`.
pub mod auth {
    use leptos_convex::{Query, Value};

    /// The signed-in user as Better Auth keeps it, `None` when nobody is.
    #[must_use]
    pub fn get_current_user() -> Query<Option<Value>> {
        Query::new("auth:getCurrentUser", ())
    }
}

/// Functions of `convex/todos.ts`.
pub mod todos {
    use leptos_convex::{Id, Mutation, Query};
    use serde::{Deserialize, Serialize};

    /// The table `todos`.
    #[derive(Clone, Copy, Debug)]
    pub enum Todos {}

    /// One todo.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Todo {
        /// Its id.
        #[serde(rename = "_id")]
        pub id: Id<Todos>,
        /// When it was made, ms since 1970.
        #[serde(rename = "_creationTime")]
        pub creation_time: f64,
        /// What to do.
        pub text: String,
        /// Whether it is done.
        pub completed: bool,
    }

    /// The todos of the signed-in user.
    #[must_use]
    pub fn list() -> Query<Vec<Todo>> {
        Query::new("todos:list", ())
    }

    /// Arguments of [`create`].
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct CreateArgs {
        /// What to do.
        pub text: String,
    }

    /// Adds a todo.
    #[must_use]
    pub fn create(args: CreateArgs) -> Mutation<Id<Todos>> {
        Mutation::new("todos:create", args)
    }

    /// Arguments of [`toggle`].
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ToggleArgs {
        /// Which todo.
        pub id: Id<Todos>,
    }

    /// Marks a todo as done, or as not done.
    #[must_use]
    pub fn toggle(args: ToggleArgs) -> Mutation<()> {
        Mutation::new("todos:toggle", args)
    }

    /// Arguments of [`remove`].
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct RemoveArgs {
        /// Which todo.
        pub id: Id<Todos>,
    }

    /// Removes a todo.
    #[must_use]
    pub fn remove(args: RemoveArgs) -> Mutation<()> {
        Mutation::new("todos:remove", args)
    }

    /// Removes the todos that are done; gives how many they were.
    #[must_use]
    pub fn clear_done() -> Mutation<f64> {
        Mutation::new("todos:clearDone", ())
    }
}
