// Written by `cargo xtask codegen` from the functions in convex/. Do not edit: change the functions.

//! Typed handles for the functions in `convex/`: one module for each file, one function for each function.
//!
//! Call them through the hooks of `leptos_convex`, say `use_query(|| api::todos::list())`, or on the
//! server with `fetch_auth_query` and the helpers beside it.
#![allow(
    missing_docs,
    reason = "fields are documented where they are declared, in convex/"
)]
#![allow(
    clippy::doc_markdown,
    clippy::too_long_first_doc_paragraph,
    reason = "docs are carried over as they are"
)]

/// The tables, as types: what tells an `Id` of one from an `Id` of another.
pub mod tables {
    /// Table `todos`.
    #[derive(Debug)]
    pub enum Todos {}
}

/// Functions of `auth.ts`.
pub mod auth {
    use ::leptos_convex::Query;
    use ::serde::{Deserialize, Serialize};

    /// Returns the signed-in person, or null.
    ///
    /// Checks that the session still exists: a token alone works for up to 15 minutes after signing out.
    #[must_use]
    pub fn get_current_user() -> Query<Option<CurrentUser>> {
        Query::new("auth:getCurrentUser", ())
    }

    /// Returns when the session of the caller's token ends, in milliseconds since 1970, or null if it no longer exists.
    /// The server subscribes to this, so it does not have to ask for each page.
    #[must_use]
    pub fn session_ends() -> Query<Option<f64>> {
        Query::new("auth:sessionEnds", ())
    }

    /// Returns the ways to sign in that this deployment offers besides a password.
    #[must_use]
    pub fn sign_in_methods() -> Query<SignInMethodsResult> {
        Query::new("auth:signInMethods", ())
    }

    /// An account as its owner may see it.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct CurrentUser {
        #[serde(rename = "_creationTime")]
        pub creation_time: f64,
        #[serde(rename = "_id")]
        pub id: String,
        pub created_at: f64,
        pub email: String,
        pub email_verified: bool,
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "::leptos_convex::value::present"
        )]
        pub image: Option<Option<String>>,
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "::leptos_convex::value::present"
        )]
        pub is_anonymous: Option<Option<bool>>,
        pub name: String,
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "::leptos_convex::value::present"
        )]
        pub two_factor_enabled: Option<Option<bool>>,
        pub updated_at: f64,
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "::leptos_convex::value::present"
        )]
        pub user_id: Option<Option<String>>,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct SignInMethodsResult {
        /// By a link or a code in a mail.
        pub mail: bool,
        /// With these OAuth providers, by their ids at Better Auth.
        pub providers: Vec<String>,
    }
}

/// Functions of `todos.ts`.
pub mod todos {
    use ::leptos_convex::{Id, Mutation, Query};
    use ::serde::{Deserialize, Serialize};

    use super::tables;

    /// Removes the caller's finished todos and returns how many there were.
    #[must_use]
    pub fn clear_done() -> Mutation<f64> {
        Mutation::new("todos:clearDone", ())
    }

    /// Adds a todo and returns its id.
    #[must_use]
    pub fn create(args: CreateArgs) -> Mutation<Id<tables::Todos>> {
        Mutation::new("todos:create", args)
    }

    /// Returns the caller's todos, newest first.
    #[must_use]
    pub fn list() -> Query<Vec<Todo>> {
        Query::new("todos:list", ())
    }

    /// Removes a todo.
    #[must_use]
    pub fn remove(args: RemoveArgs) -> Mutation<()> {
        Mutation::new("todos:remove", args)
    }

    /// Marks a todo as done, or as not done if it was.
    #[must_use]
    pub fn toggle(args: ToggleArgs) -> Mutation<()> {
        Mutation::new("todos:toggle", args)
    }

    /// Arguments of [`create`].
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct CreateArgs {
        pub text: String,
    }

    /// Arguments of [`remove`].
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct RemoveArgs {
        pub id: Id<tables::Todos>,
    }

    /// Arguments of [`toggle`].
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct ToggleArgs {
        pub id: Id<tables::Todos>,
    }

    /// One thing to do.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Todo {
        #[serde(rename = "_creationTime")]
        pub creation_time: f64,
        #[serde(rename = "_id")]
        pub id: Id<tables::Todos>,
        pub completed: bool,
        pub text: String,
        /// Better Auth's id of the person it belongs to.
        pub user_id: String,
    }
}
