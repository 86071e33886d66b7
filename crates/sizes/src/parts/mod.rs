//! A module's bytes by crate, from the names of its functions.

mod module;
mod names;
mod report;

pub use module::{Function, Module};
pub use names::{crate_of, without_types};
pub use report::{by_crate, by_function, by_user};
