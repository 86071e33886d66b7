//! Islands: the parts of pages that are hydrated.
//!
//! The server renders an island like everything else, but it is the only code that the browser loads. It is placed
//! inside `<Live>`, which gives it the live client and the session.

mod connection_badge;
mod todos;
mod user;

pub use todos::{TODOS, TodoPanel, TodoPanelProps};
pub use user::{UserName, UserNameProps, UserPanel, UserPanelProps};

use connection_badge::ConnectionBadge;
