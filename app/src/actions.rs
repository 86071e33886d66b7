//! What forms post to: server functions, one use case a file, all under `/actions`.
//!
//! The same URL and the same function answer with, before and without WebAssembly. Each ends in an
//! [`Outcome`]: to WebAssembly it is the answer; for a plain form the server turns it into a redirect,
//! on success to the next page, otherwise back to the form, which then shows the [`Refusal`].

mod add_todo;
mod check_access;
mod clear_done;
mod outcome;
mod remove_todo;
pub mod sign_in;
pub mod sign_in_github;
pub mod sign_out;
pub mod sign_up;
mod toggle_todo;

#[cfg(feature = "ssr")]
mod server;

pub use add_todo::AddTodo;
pub use check_access::CheckAccess;
pub use clear_done::ClearDone;
pub use outcome::{Answer, Outcome, Unreached, refusal};
pub use remove_todo::RemoveTodo;
pub use sign_in::SignIn;
pub use sign_in_github::SignInGithub;
pub use sign_out::SignOut;
pub use sign_up::SignUp;
pub use toggle_todo::ToggleTodo;

pub use crate::request::Refusal;

/// Name of the form with the todos.
pub const TODOS: &str = "todos";

/// What an empty todo is told.
pub const NOTHING_TO_DO: &str = "Enter what to do";
