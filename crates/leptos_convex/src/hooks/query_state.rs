//! The state of a query: loading, ready or failed.

use crate::call::CallError;

/// The state of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryState<T> {
    /// There is no result yet, or no query.
    Loading,
    /// The result, kept up to date.
    Ready(T),
    /// The function failed, or its result is not of the type expected.
    Error(CallError),
}

impl<T> QueryState<T> {
    /// Returns the result, if there is one.
    pub fn ready(self) -> Option<T> {
        match self {
            Self::Ready(value) => Some(value),
            _ => None,
        }
    }
}
