//! A query's result on its way from the server to the browser.

use std::{fmt, marker::PhantomData, sync::Arc};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{CallError, Query};
use crate::value::Value;

/// A query together with the result it had on the server.
///
/// Serialised into the page, it lets the first paint show the value, and
/// [`use_preloaded_query`](crate::use_preloaded_query) keep it live from there on.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Preloaded<T> {
    name: String,
    args: Value,
    value: Value,
    #[serde(skip)]
    result: PhantomData<fn() -> T>,
}

impl<T> Preloaded<T> {
    /// `query` with the `value` it gave.
    ///
    /// # Errors
    /// [`CallError::Encode`] when the query's arguments are not Convex values.
    pub fn new(query: &Query<T>, value: Value) -> Result<Self, CallError> {
        let args = Value::clone(query.args()?);
        Ok(Self {
            name: query.path().to_owned(),
            args,
            value,
            result: PhantomData,
        })
    }

    /// The query, to run or to subscribe to.
    #[must_use]
    pub fn query(&self) -> Query<T> {
        Query {
            path: self.name.clone().into(),
            args: Ok(Arc::new(self.args.clone())),
            kind: PhantomData,
        }
    }

    /// The value as it came from Convex.
    #[must_use]
    pub const fn raw(&self) -> &Value {
        &self.value
    }

    /// The value as a `T`.
    ///
    /// # Errors
    /// [`CallError::Decode`] when it is no `T`.
    pub fn value(&self) -> Result<T, CallError>
    where
        T: DeserializeOwned,
    {
        self.query().decode(self.value.clone())
    }
}

impl<T> Clone for Preloaded<T> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            args: self.args.clone(),
            value: self.value.clone(),
            result: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Preloaded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preloaded")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl<T> PartialEq for Preloaded<T> {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.args == other.args && self.value == other.value
    }
}
