//! The pages of one list: subscribed to, read, and asked for more.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use leptos::prelude::*;
use serde::de::DeserializeOwned;

use super::{
    Paginated, PaginationStatus,
    pages::{End, PageKey, Pages, Reading, Stale},
};
use crate::{
    call::{CallError, PaginationOptions, PaginationResult, Query},
    client::ConvexClient,
    worker::lock,
};

/// Makes the call for a page.
type MakeCall<T> = dyn Fn(PaginationOptions) -> Option<Query<PaginationResult<T>>> + Send + Sync;
/// What a page's query has come to; `None` while that is not known.
type PageResult<T> = Option<Result<Arc<PaginationResult<T>>, CallError>>;

/// A list, shared by the memo that reads it and the handle that asks for more.
pub(super) struct List<T: Send + Sync + 'static> {
    client: ConvexClient,
    make: Arc<MakeCall<T>>,
    initial: u32,
    asked: ArcTrigger,
    state: Arc<Mutex<Option<State<T>>>>,
}

struct State<T: Send + Sync + 'static> {
    /// The first page's call, to see when the arguments change.
    call: Query<PaginationResult<T>>,
    pages: Pages,
    /// Dropping a memo ends the subscription it holds.
    results: Vec<(PageKey, ArcMemo<PageResult<T>>)>,
    /// Where the next page begins, if one may be asked for.
    more: Option<String>,
}

impl<T: Send + Sync + 'static> Clone for List<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            make: Arc::clone(&self.make),
            initial: self.initial,
            asked: self.asked.clone(),
            state: Arc::clone(&self.state),
        }
    }
}

impl<T: DeserializeOwned + Clone + Send + Sync + 'static> List<T> {
    pub(super) fn new(client: ConvexClient, make: Arc<MakeCall<T>>, initial: u32) -> Self {
        Self {
            client,
            make,
            initial,
            asked: ArcTrigger::new(),
            state: Arc::default(),
        }
    }

    /// Items and status for `call`, which is the first page's. Tracks every page.
    pub(super) fn read(&self, call: Option<Query<PaginationResult<T>>>) -> Paginated<T> {
        self.asked.track();
        let mut slot = lock(&self.state);
        let Some(call) = call else {
            *slot = None;
            return Paginated::default();
        };
        let state = match slot.take() {
            Some(state) if state.call == call => state,
            _ => State::begin(call, self.initial),
        };
        let state = slot.insert(state);
        loop {
            state.subscribe(self);
            match state.read() {
                Ok(reading) => return state.show(reading),
                Err(Stale::Changed) => {}
                Err(Stale::InvalidCursor(error)) => {
                    leptos::logging::warn!("a paginated query begins again: {error}");
                    *state = State::begin(state.call.clone(), self.initial);
                }
            }
        }
    }

    fn subscribe_page(&self, options: &PaginationOptions) -> ArcMemo<PageResult<T>> {
        let query = untrack(|| (self.make)(options.clone()));
        let subscription = query
            .as_ref()
            .map(|query| query.key().map(|key| self.client.subscribe(key)));
        let result = move |_: Option<&PageResult<T>>| match subscription.as_ref()? {
            Err(error) => Some(Err(error.clone())),
            Ok(subscription) => Some(subscription.get()?.and_then(|value| {
                let query = query.as_ref().ok_or(CallError::Closed)?;
                query.read(&value).map(Arc::new)
            })),
        };
        ArcMemo::new_with_compare(result, |_, _| true)
    }
}

impl<T: Send + Sync + 'static> List<T> {
    pub(super) fn load_more(&self, num_items: u32) {
        let mut slot = lock(&self.state);
        let Some(state) = &mut *slot else { return };
        let Some(cursor) = state.more.take() else {
            return;
        };
        state.pages.load_more(cursor, num_items);
        drop(slot);
        self.asked.notify();
    }
}

impl<T: DeserializeOwned + Clone + Send + Sync + 'static> State<T> {
    fn begin(call: Query<PaginationResult<T>>, initial: u32) -> Self {
        /// Two lists of the same items must not share pages: each has its own boundaries.
        static NEXT_ID: AtomicU32 = AtomicU32::new(0);
        Self {
            call,
            pages: Pages::new(initial, NEXT_ID.fetch_add(1, Ordering::Relaxed)),
            results: Vec::new(),
            more: None,
        }
    }

    /// Subscribes to what is wanted, then leaves what is not wanted any more.
    fn subscribe(&mut self, list: &List<T>) {
        let mut former = std::mem::take(&mut self.results);
        for (key, options) in self.pages.wanted() {
            let known = former.iter().position(|(known, _)| *known == key);
            let result = known.map_or_else(
                || list.subscribe_page(options),
                |at| former.swap_remove(at).1,
            );
            self.results.push((key, result));
        }
    }

    fn read(&mut self) -> Result<Reading<T>, Stale> {
        let results = &self.results;
        self.pages.read(|wanted| {
            let (_, result) = results.iter().find(|(key, _)| *key == wanted)?;
            result.get()
        })
    }

    fn show(&mut self, reading: Reading<T>) -> Paginated<T> {
        let Reading { items, end } = reading;
        self.more = None;
        let status = match end {
            End::Loading if self.pages.is_first() => PaginationStatus::LoadingFirstPage,
            End::Loading => PaginationStatus::LoadingMore,
            End::Done => PaginationStatus::Exhausted,
            End::Error(error) => PaginationStatus::Error(error),
            End::More(cursor) => {
                self.more = Some(cursor);
                PaginationStatus::CanLoadMore
            }
        };
        Paginated { items, status }
    }
}
