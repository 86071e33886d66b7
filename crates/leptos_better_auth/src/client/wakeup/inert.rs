//! The events of a build without a browser: none.

use super::Wakeup;

/// Listens to nothing.
#[derive(Debug)]
pub(crate) struct Listening;

pub(crate) fn listen(_on_wakeup: impl Fn(Wakeup) + 'static) -> Listening {
    Listening
}

pub(crate) fn tell_other_tabs(_trigger: &str) {}
