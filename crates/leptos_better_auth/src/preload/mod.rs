//! Queries preloaded for the visitor: the value is in the first paint and live from then on.

use std::fmt;
use std::marker::PhantomData;

use leptos_convex::{CallError, Query, Value};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

mod hook;

#[cfg(not(feature = "ssr"))]
mod browser;

pub use hook::use_preloaded_auth_query;

#[cfg(feature = "ssr")]
use crate::server::preload;
#[cfg(not(feature = "ssr"))]
use browser::preload;

/// A query with the value it had for the visitor, on its way from server to browser.
///
/// Without a value nobody was signed in, or who is could not be found out.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", transparent)]
pub struct PreloadedAuthQuery<T> {
    parts: Parts,
    #[serde(skip)]
    result: PhantomData<fn() -> T>,
}

/// The same for every type of result, and so compiled once.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
struct Parts {
    name: String,
    args: Value,
    value: Option<Value>,
}

impl<T> PreloadedAuthQuery<T> {
    pub(crate) fn new(query: &Query<T>, value: Option<Value>) -> Result<Self, CallError> {
        let parts = Parts {
            name: query.path().to_owned(),
            args: Value::clone(query.args()?),
            value,
        };
        Ok(Self {
            parts,
            result: PhantomData,
        })
    }

    /// The query, to subscribe to.
    pub fn query(&self) -> Query<T> {
        Query::new(self.parts.name.clone(), self.parts.args.clone())
    }

    /// The value, if there is one.
    pub fn value(&self) -> Option<T>
    where
        T: DeserializeOwned,
    {
        let value = self.parts.value.clone()?;
        self.query()
            .decode(value)
            .inspect_err(|error| tracing::error!(%error, "preloaded value"))
            .ok()
    }
}

impl<T> Clone for PreloadedAuthQuery<T> {
    fn clone(&self) -> Self {
        Self {
            parts: self.parts.clone(),
            result: PhantomData,
        }
    }
}

impl<T> PartialEq for PreloadedAuthQuery<T> {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl<T> fmt::Debug for PreloadedAuthQuery<T> {
    /// Leaves the value out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreloadedAuthQuery")
            .field("name", &self.parts.name)
            .finish_non_exhaustive()
    }
}

/// Runs `query` for the visitor, to be shown with [`use_preloaded_auth_query`]:
///
/// ```
/// # use leptos::prelude::*;
/// # use leptos_convex::Query;
/// use leptos_better_auth::{preload_auth_query, use_preloaded_auth_query};
/// # fn get_current_user() -> Query<Option<String>> { Query::new("auth:getCurrentUser", ()) }
///
/// #[component]
/// fn Header() -> impl IntoView {
///     let user = OnceResource::new_blocking(preload_auth_query(get_current_user()));
///     move || {
///         Suspend::new(async move {
///             user.await.map(|preloaded| {
///                 let user = use_preloaded_auth_query(preloaded);
///                 move || user.get().flatten()
///             })
///         })
///     }
/// }
/// ```
///
/// # On the server
/// One query with the visitor's token; none for a visitor who is not signed in. When it is not known who
/// is asking, or Convex cannot be reached, there is no value, and the browser fills it in.
///
/// # In the browser
/// On client-side navigation it waits for the live client's value.
///
/// # Errors
/// What the function threw, and arguments or results that do not fit.
pub fn preload_auth_query<T>(
    query: Query<T>,
) -> impl Future<Output = Result<PreloadedAuthQuery<T>, CallError>> + Send + 'static
where
    T: 'static,
{
    preload(query)
}
