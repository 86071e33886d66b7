//! A call of a Convex function: its path, its arguments, and the type of its result.

mod error;
pub mod kind;
mod pagination;
mod path;
mod preloaded;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, fmt, marker::PhantomData, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};

pub(crate) use self::path::QueryKey;
pub use self::{
    error::{CallError, ConvexError},
    pagination::{PageStatus, PaginationOptions, PaginationResult},
    preloaded::Preloaded,
};
use crate::value::{DecodeError, EncodeError, Encoded, Object, Value, from_value, to_value};

/// A call of a query. A query reads, and stays live while something subscribes to it.
pub type Query<T> = Call<kind::Query, T>;
/// A call of a mutation. A mutation writes in one transaction and runs exactly once.
pub type Mutation<T> = Call<kind::Mutation, T>;
/// A call of an action. An action may talk to the outside world and runs at most once.
pub type Action<T> = Call<kind::Action, T>;

/// A call of a Convex function of kind `K` whose result is a `T`.
///
/// The generated `api` module usually makes it. By hand, it is a path and arguments:
///
/// ```
/// use leptos_convex::{Mutation, Query};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Deserialize)]
/// struct Todo { text: String, completed: bool }
/// #[derive(Serialize)]
/// struct CreateArgs { text: String }
///
/// fn list() -> Query<Vec<Todo>> {
///     Query::new("todos:list", ())
/// }
/// fn create(args: CreateArgs) -> Mutation<String> {
///     Mutation::new("todos:create", args)
/// }
/// ```
pub struct Call<K, T> {
    path: Cow<'static, str>,
    args: Result<Arc<Value>, EncodeError>,
    kind: PhantomData<fn() -> (K, T)>,
}

impl<K, T> Call<K, T> {
    /// Creates a call of the function at `path` (`"todos:list"`, `"folder/file:name"`) with `args`: a struct, a
    /// map, or `()` for none.
    ///
    /// Arguments that Convex has no value for are reported when the call is made.
    #[must_use]
    pub fn new(path: impl Into<Cow<'static, str>>, args: impl Serialize) -> Self {
        let args = to_value(&args).and_then(|args| match args {
            Value::Null => Ok(Arc::new(Value::Object(Object::new()))),
            Value::Object(_) => Ok(Arc::new(args)),
            other => Err(EncodeError::new(
                ["arguments are an object, not ", other.kind()].concat(),
            )),
        });
        Self {
            path: path.into(),
            args,
            kind: PhantomData,
        }
    }

    /// Returns the function's path, as it was given.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the arguments as an object.
    ///
    /// # Errors
    /// [`CallError::Encode`] when Convex has no value for one of them.
    pub fn args(&self) -> Result<&Arc<Value>, CallError> {
        self.args.as_ref().map_err(|error| CallError::Encode {
            function: self.path.to_string(),
            message: error.to_string(),
        })
    }

    /// Reads a result of this call.
    ///
    /// # Errors
    /// [`CallError::Decode`] when `value` is not a `T`. The error names the function, the field and the expected
    /// type.
    pub fn decode(&self, value: Value) -> Result<T, CallError>
    where
        T: DeserializeOwned,
    {
        from_value(value).map_err(|error| self.mismatch(error))
    }

    /// Decodes a result from the text that Convex sent.
    pub(crate) fn read(&self, result: &Encoded) -> Result<T, CallError>
    where
        T: DeserializeOwned,
    {
        self.read_as(result)
    }

    /// Does the work of [`Call::read`] for a call whose type was erased.
    pub(crate) fn read_as<U: DeserializeOwned>(&self, result: &Encoded) -> Result<U, CallError> {
        result.decode().map_err(|error| self.mismatch(error))
    }

    /// Returns the error for a result of an unexpected type.
    pub(crate) fn mismatch(&self, error: DecodeError) -> CallError {
        CallError::Decode {
            function: self.path.to_string(),
            error,
        }
    }
}

impl<T> Query<T> {
    /// Returns the same query with its result as an untyped value. Queries of several types can then be asked
    /// together.
    #[must_use]
    pub fn untyped(self) -> Query<Value> {
        Query {
            path: self.path,
            args: self.args,
            kind: PhantomData,
        }
    }

    /// Returns the key of this subscription: the function and its encoded arguments.
    pub(crate) fn key(&self) -> Result<QueryKey, CallError> {
        Ok(QueryKey::new(&self.path, self.args()?))
    }
}

impl<K, T> Clone for Call<K, T> {
    fn clone(&self) -> Self {
        Self {
            path: self.path.clone(),
            args: self.args.clone(),
            kind: PhantomData,
        }
    }
}

impl<K, T> fmt::Debug for Call<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Arguments may hold secrets that must not be logged.
        f.debug_struct("Call")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Calls of the same function with equal arguments are equal.
impl<K, T> PartialEq for Call<K, T> {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.args == other.args
    }
}
