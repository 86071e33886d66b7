//! The stand-in for live queries when the feature `live-queries` is off: there are none.

use std::convert::Infallible;

use crate::{
    call::{CallError, Query},
    value::Value,
};

/// A type without values.
#[derive(Clone, Debug)]
pub(super) struct LiveQueries(Infallible);

impl LiveQueries {
    pub(super) fn answer<T>(&self, _: &Query<T>) -> Option<Box<Result<Value, CallError>>> {
        match self.0 {}
    }

    pub(super) fn wrote(&self) {
        match self.0 {}
    }
}
