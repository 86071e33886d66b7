//! What a hook shows of a live query: its result as a Rust type.

use std::{fmt, sync::Arc};

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::{ConvexAuth, QueryState, live_query::Live};
use crate::{
    call::{CallError, Query},
    sync::QueryResult,
    value::{Encoded, Value},
};

/// The last result, read from its text once, however often it is shown.
pub(super) struct Shown<T> {
    /// What `state` was read from.
    result: Option<QueryResult>,
    state: Arc<QueryState<T>>,
    while_loading: WhileLoading<T>,
    read: fn(&Query<Value>, &Encoded) -> Result<T, CallError>,
}

/// What to show until there is a result.
pub(super) enum WhileLoading<T> {
    Nothing,
    /// The result before, which is that of the person of `epoch`, for as long as it is them who look.
    Previous {
        auth: ConvexAuth,
        epoch: u32,
    },
    /// What is known already, as long as it is the person of `epoch` who looks.
    Known {
        state: Arc<QueryState<T>>,
        auth: ConvexAuth,
        epoch: u32,
    },
}

impl<T: DeserializeOwned> Shown<T> {
    pub(super) fn new(while_loading: WhileLoading<T>) -> Self {
        Self {
            result: None,
            state: Arc::new(QueryState::Loading),
            while_loading,
            read: Query::read_as,
        }
    }
}

impl<T> Shown<T> {
    /// What to show of `live`. Tracks its result, and who is signed in where that matters.
    pub(super) fn read(&mut self, live: Option<&Live>) -> Arc<QueryState<T>> {
        match live {
            None => {
                self.result = None;
                self.state = Arc::new(QueryState::Loading);
            }
            Some(Live {
                query,
                subscription,
            }) => match &**subscription {
                Ok(subscription) => subscription.with(|result| self.update(query, result)),
                Err(error) => self.update(query, Some(&Err(error.clone()))),
            },
        }
        Arc::clone(&self.state)
    }

    fn update(&mut self, query: &Query<Value>, result: Option<&QueryResult>) {
        match (&self.result, result) {
            (Some(former), Some(result)) if is_same(former, result) => {}
            (_, Some(result)) => {
                let value = result.as_ref().map_err(CallError::clone);
                let value = value.and_then(|value| (self.read)(query, value));
                self.state = Arc::new(value.map_or_else(QueryState::Error, QueryState::Ready));
                self.result = Some(result.clone());
                if let WhileLoading::Previous { auth, epoch } = &mut self.while_loading {
                    *epoch = untrack(|| auth.epoch());
                }
            }
            (_, None) => {
                self.result = None;
                self.state = self.before_result();
            }
        }
    }

    fn before_result(&self) -> Arc<QueryState<T>> {
        match &self.while_loading {
            WhileLoading::Previous { auth, epoch } if auth.epoch() == *epoch => {
                Arc::clone(&self.state)
            }
            WhileLoading::Known { state, auth, epoch } if auth.epoch() == *epoch => {
                Arc::clone(state)
            }
            _ => Arc::new(QueryState::Loading),
        }
    }
}

/// Whether it is the very same result, not only an equal one: reading those again does no harm.
fn is_same(former: &QueryResult, result: &QueryResult) -> bool {
    match (former, result) {
        (Ok(former), Ok(result)) => former.is(result),
        (Err(former), Err(result)) => former == result,
        _ => false,
    }
}

impl<T> fmt::Debug for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Results may hold what must not be logged.
        f.debug_struct("Shown").finish_non_exhaustive()
    }
}
