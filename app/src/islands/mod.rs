//! What lives in the browser: the parts of pages that are hydrated.
//!
//! An island is rendered on the server like everything else; it alone is code that the browser loads. It stands inside
//! `<Live>`, which gives it the live client and the session.

mod connection_badge;
mod todos;
mod user;

pub use todos::{TODOS, TodoPanel, TodoPanelProps};
pub use user::{UserName, UserNameProps, UserPanel, UserPanelProps};

use connection_badge::ConnectionBadge;
