//! A live query's result as a Rust type. Its text is read once, however often the result is shown.

use std::sync::{Arc, Mutex};

use serde::de::DeserializeOwned;

use super::{
    QueryState,
    source::{Shown, Source},
};
use crate::{
    call::{CallError, Query},
    lock::lock,
    value::{Encoded, Value},
};

/// How to read a result, stored where the type is known to be readable, so that readers need no bound for it.
type Read<T> = fn(&Query<Value>, &Encoded) -> Result<T, CallError>;

pub(super) struct Handle<T> {
    pub(super) source: Source,
    read: Read<T>,
    typed: Mutex<Typed<T>>,
}

struct Typed<T> {
    /// What was read last: `Shown::version` and `Shown::line`.
    version: u32,
    line: u32,
    value: Arc<Option<T>>,
    /// Why the result is not a `T`.
    mismatch: Option<CallError>,
}

impl<T> Handle<T> {
    pub(super) fn new(source: Source) -> Self
    where
        T: DeserializeOwned,
    {
        Self {
            source,
            read: Query::read_as,
            typed: Mutex::new(Typed {
                version: 0,
                line: 0,
                value: Arc::new(None),
                mismatch: None,
            }),
        }
    }

    /// Returns the result. Tracks.
    pub(super) fn value(&self) -> Arc<Option<T>> {
        self.look(|value, _| Arc::clone(value))
    }

    /// Returns the query's error, or the reason why its result is not a `T`. Tracks.
    pub(super) fn error(&self) -> Option<CallError> {
        self.look(|_, error| error.cloned())
    }

    /// Returns result and error as a state. Tracks.
    pub(super) fn state(&self) -> QueryState<T>
    where
        T: Clone,
    {
        self.look(|value, error| match (error, &**value) {
            (Some(error), _) => QueryState::Error(error.clone()),
            (None, Some(value)) => QueryState::Ready(value.clone()),
            (None, None) => QueryState::Loading,
        })
    }

    /// Returns whether there is neither a result nor an error. Tracks, and does not read the result.
    pub(super) fn is_loading(&self) -> bool {
        let shown = self.source.shown();
        shown.value().is_none() && shown.error().is_none()
    }

    /// Returns an owned result, read from the text a second time, or `former` where the handle keeps its last result.
    /// `line` is that of `former`, and becomes that of the result. Tracks.
    pub(super) fn read_again(&self, former: Option<T>, line: &mut u32) -> Option<T> {
        let shown = self.source.shown();
        let is_same_line = std::mem::replace(line, shown.line()) == shown.line();
        match (self.read)(shown.query()?, shown.value()?) {
            Ok(value) => Some(value),
            Err(_) => former.filter(|_| is_same_line),
        }
    }

    fn look<R>(&self, look: impl FnOnce(&Arc<Option<T>>, Option<&CallError>) -> R) -> R {
        let shown = self.source.shown();
        let mut typed = lock(&self.typed);
        typed.follow(&shown, self.read);
        look(&typed.value, shown.error().or(typed.mismatch.as_ref()))
    }
}

impl<T> Typed<T> {
    fn follow(&mut self, shown: &Shown, read: Read<T>) {
        if self.version == shown.version() {
            return;
        }
        self.version = shown.version();
        self.mismatch = None;
        let value = shown.query().zip(shown.value());
        match value.map(|(query, value)| read(query, value)) {
            Some(Ok(value)) => self.value = Arc::new(Some(value)),
            // The last result that could be read stays, as with any other error.
            Some(Err(error)) => {
                self.mismatch = Some(error);
                if self.line != shown.line() {
                    self.value = Arc::new(None);
                }
            }
            None => self.value = Arc::new(None),
        }
        self.line = shown.line();
    }
}
