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

    /// Table `users`.
    #[derive(Debug)]
    pub enum Users {}
}

/// Functions of `auth.ts`.
pub mod auth {
    use ::leptos_convex::Query;
    use ::serde::{Deserialize, Serialize};

    /// Query `auth:getCurrentUser`.
    #[must_use]
    pub fn get_current_user() -> Query<Option<CurrentUser>> {
        Query::new("auth:getCurrentUser", ())
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct CurrentUser {
        pub email_verified: bool,
        pub image: Option<String>,
        pub name: String,
    }
}

/// Functions below `feed/`.
pub mod feed {

    /// Functions of `posts.ts`.
    pub mod posts {
        use ::std::collections::BTreeMap;

        use ::leptos_convex::{Action, Id, Mutation, Value};
        use ::serde::{Deserialize, Serialize};

        use super::super::tables;

        /// Action `feed/posts:search`.
        #[must_use]
        pub fn search(args: SearchArgs) -> Action<SearchResult> {
            Action::new("feed/posts:search", args)
        }

        /// Mutation `feed/posts:touch`.
        #[must_use]
        pub fn touch(args: Value) -> Mutation<Value> {
            Mutation::new("feed/posts:touch", args)
        }

        /// Arguments of [`search`].
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct SearchArgs {
            pub filter: SearchArgsFilter,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            pub limit: Option<SearchArgsLimit>,
        }

        #[derive(Clone, Debug, PartialEq)]
        pub enum SearchArgsFilter {
            Author { user_id: Id<tables::Users> },
            Everything,
        }

        impl Serialize for SearchArgsFilter {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use ::serde::ser::SerializeMap;

                let mut fields_ = serializer.serialize_map(None)?;
                match self {
                    Self::Author { user_id } => {
                        fields_.serialize_entry("kind", "author")?;
                        fields_.serialize_entry("userId", user_id)?;
                    }
                    Self::Everything => {
                        fields_.serialize_entry("kind", "everything")?;
                    }
                }
                fields_.end()
            }
        }

        impl<'de> Deserialize<'de> for SearchArgsFilter {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                use ::leptos_convex::value::{Shape, Undecoded};

                let value = Undecoded::read(deserializer)?;
                match value.variant_by(
                    "kind",
                    &[
                        Shape::StringLiteral("author"),
                        Shape::StringLiteral("everything"),
                    ],
                )? {
                    0 => Ok(Self::Author {
                        user_id: value.required("userId")?,
                    }),
                    _ => Ok(Self::Everything),
                }
            }
        }

        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum SearchArgsLimit {
            N10,
            N100,
        }

        impl Serialize for SearchArgsLimit {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    Self::N10 => Serialize::serialize(&10.0_f64, serializer),
                    Self::N100 => Serialize::serialize(&100.0_f64, serializer),
                }
            }
        }

        impl<'de> Deserialize<'de> for SearchArgsLimit {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                use ::leptos_convex::value::{Shape, Undecoded};

                let value = Undecoded::read(deserializer)?;
                match value.variant(&[
                    Shape::NumberLiteral(10.0_f64),
                    Shape::NumberLiteral(100.0_f64),
                ])? {
                    0 => Ok(Self::N10),
                    _ => Ok(Self::N100),
                }
            }
        }

        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct SearchResult {
            pub chunks: Vec<::serde_bytes::ByteBuf>,
            pub counts: BTreeMap<Id<tables::Users>, i64>,
            pub hits: Vec<SearchResultHit>,
            pub next: Option<SearchResultNext>,
            pub raw: Value,
        }

        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub struct SearchResultHit {
            pub score: f64,
            pub title: String,
        }

        #[derive(Clone, Debug, PartialEq)]
        pub enum SearchResultNext {
            String(String),
            Number(f64),
        }

        impl Serialize for SearchResultNext {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    Self::String(value) => value.serialize(serializer),
                    Self::Number(value) => value.serialize(serializer),
                }
            }
        }

        impl<'de> Deserialize<'de> for SearchResultNext {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Self, D::Error> {
                use ::leptos_convex::value::{Shape, Undecoded};

                let value = Undecoded::read(deserializer)?;
                match value.variant(&[Shape::String, Shape::Number])? {
                    0 => value.decode().map(Self::String),
                    _ => value.decode().map(Self::Number),
                }
            }
        }
    }
}

/// Todos: each person has their own.
pub mod todos {
    use ::leptos_convex::{Id, Mutation, PaginationOptions, PaginationResult, Query};
    use ::serde::{Deserialize, Serialize};

    use super::tables;

    /// Mutation `todos:clearDone`.
    #[must_use]
    pub fn clear_done() -> Mutation<()> {
        Mutation::new("todos:clearDone", ())
    }

    /// Adds a todo.
    ///
    /// Fails with a `ConvexError` when nobody is signed in.
    #[must_use]
    pub fn create(args: CreateArgs) -> Mutation<Id<tables::Todos>> {
        Mutation::new("todos:create", args)
    }

    /// Query `todos:get`.
    #[must_use]
    pub fn get(args: GetArgs) -> Query<Option<Todo>> {
        Query::new("todos:get", args)
    }

    /// Query `todos:history`.
    #[must_use]
    pub fn history(args: HistoryArgs) -> Query<PaginationResult<HistoryItem>> {
        Query::new("todos:history", args)
    }

    /// The caller's todos, newest first.
    #[must_use]
    pub fn list() -> Query<Vec<Todo>> {
        Query::new("todos:list", ())
    }

    /// Arguments of [`create`].
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct CreateArgs {
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            with = "::serde_bytes"
        )]
        pub cover: Option<Vec<u8>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub due_at: Option<i64>,
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "::leptos_convex::value::present"
        )]
        pub note: Option<Option<String>>,
        #[serde(rename = "snake_case")]
        pub snake_case: f64,
        /// What is to be done; 1 to 200 characters.
        pub text: String,
    }

    /// Arguments of [`get`].
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct GetArgs {
        pub id: Id<tables::Todos>,
    }

    /// Arguments of [`history`].
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct HistoryArgs {
        pub pagination_opts: PaginationOptions,
    }

    /// One thing to do.
    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub struct Todo {
        #[serde(rename = "_creationTime")]
        pub creation_time: f64,
        #[serde(rename = "_id")]
        pub id: Id<tables::Todos>,
        /// Whether it is done.
        pub is_completed: bool,
        pub text: String,
        pub r#type: TodoType,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
    pub enum TodoType {
        #[serde(rename = "chore")]
        Chore,
        #[serde(rename = "in-progress")]
        InProgress,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct HistoryItem {
        pub at: f64,
    }
}
