//! The pages of one list: subscriptions, reading, and loading more. It has no type parameter; items stay text here.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use leptos::prelude::*;
use serde::de::IgnoredAny;

use super::{
    PaginationStatus,
    pages::{End, PageKey, Pages, Reading, Stale},
};
use crate::{
    call::{CallError, PaginationOptions, PaginationResult, Query},
    client::{ConvexAuth, ConvexClient, Subscription},
    hooks::{rows::same_ends, source::First},
    lock::lock,
    value::{DecodeError, Encoded, Item, Value},
};

/// Makes the call for a page.
type MakeCall = dyn Fn(PaginationOptions) -> Option<Query<Value>> + Send + Sync;
/// Checks that an item is of the expected type.
pub(super) type Check = fn(&Item) -> Result<(), DecodeError>;
/// The outcome of a page's query; `None` while it is not known.
type PageResult = Option<Result<Arc<PaginationResult<Item>>, CallError>>;

/// Items and status at one moment.
pub(super) struct Listed {
    pub(super) items: Vec<Item>,
    pub(super) status: PaginationStatus,
}

impl Default for Listed {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            status: PaginationStatus::LoadingFirstPage,
        }
    }
}

/// A list, shared by the memo that reads it and the handle that asks for more.
#[derive(Clone)]
pub(super) struct List {
    client: ConvexClient,
    auth: ConvexAuth,
    make: Arc<MakeCall>,
    check: Check,
    initial: u32,
    /// The first page as the server rendered it, until the live one has come.
    first: Arc<Mutex<Option<First>>>,
    /// True during hydration; `None` if the page is already hydrated.
    hydrating: Option<ArcRwSignal<bool>>,
    asked: ArcTrigger,
    state: Arc<Mutex<Option<State>>>,
}

struct State {
    /// The call of the first page, to notice when the arguments change.
    call: Query<Value>,
    pages: Pages,
    /// Dropping a memo ends the subscription it holds.
    results: Vec<(PageKey, ArcMemo<PageResult>)>,
    /// Where the next page begins, if one may be loaded now.
    more: Option<String>,
}

impl List {
    pub(super) fn new(
        client: ConvexClient,
        make: Arc<MakeCall>,
        check: Check,
        initial: u32,
        first: Option<First>,
    ) -> Self {
        if let Some(ts) = first.as_ref().and_then(|first| first.ts.as_ref()) {
            client.observe(ts);
        }
        Self {
            auth: client.auth(),
            hydrating: client.hydrating(),
            first: Arc::new(Mutex::new(first)),
            client,
            make,
            check,
            initial,
            asked: ArcTrigger::new(),
            state: Arc::default(),
        }
    }

    /// Returns items and status for `call`, the call of the first page. Tracks every page.
    pub(super) fn read(&self, call: Option<Query<Value>>) -> Listed {
        self.asked.track();
        let mut slot = lock(&self.state);
        let Some(call) = call else {
            *slot = None;
            return Listed::default();
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

    /// Returns the first page if it is the server's and no other page was asked for.
    fn first_page(&self, key: PageKey, call: &Query<Value>) -> Arc<Mutex<Option<First>>> {
        let is_asked = |first: &First| key == Pages::FIRST && first.query == *call;
        if lock(&self.first).as_ref().is_some_and(is_asked) {
            Arc::clone(&self.first)
        } else {
            Arc::default()
        }
    }

    fn subscribe_page(
        &self,
        options: &PaginationOptions,
        first: Arc<Mutex<Option<First>>>,
    ) -> ArcMemo<PageResult> {
        let query = untrack(|| (self.make)(options.clone()));
        let subscription = query
            .as_ref()
            .map(|query| query.key().map(|key| self.client.subscribe(key)));
        let check = self.check;
        let (auth, hydrating) = (self.auth, self.hydrating.clone());
        let live = move |subscription: &Subscription| {
            let mut first = lock(&first);
            if hydrating.as_ref().is_some_and(Get::get) {
                return Some(first.as_ref()?.result.clone());
            }
            let result = subscription.get();
            // Tracks the person, because there may be no live result whose end tells of the next person.
            let is_of_another = |first: &First| first.epoch != auth.epoch();
            if result.is_some() || first.as_ref().is_some_and(is_of_another) {
                *first = None;
            }
            result.or_else(|| Some(first.as_ref()?.result.clone()))
        };
        let result = move |former: Option<&PageResult>| match subscription.as_ref()? {
            Err(error) => Some(Err(error.clone())),
            Ok(subscription) => Some(live(subscription)?.and_then(|value| {
                let query = query.as_ref().ok_or(CallError::Closed)?;
                let former = former.and_then(|former| former.as_ref()?.as_ref().ok());
                let page = read_page(&value, former.map(|page| &*page.page), check);
                page.map(Arc::new).map_err(|error| query.mismatch(error))
            })),
        };
        ArcMemo::new_with_compare(result, |_, _| true)
    }

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

/// Reads a page, and checks those items that are not among the `former` ones.
fn read_page(
    page: &Encoded,
    former: Option<&[Item]>,
    check: Check,
) -> Result<PaginationResult<Item>, DecodeError> {
    let PaginationResult::<IgnoredAny> {
        is_done,
        continue_cursor,
        split_cursor,
        page_status,
        ..
    } = page.decode()?;
    let items = page.field_items("page").unwrap_or_default();
    let former: Vec<_> = former.unwrap_or_default().iter().collect();
    let (start, end) = same_ends(&former, &items);
    for (at, item) in items.iter().enumerate().take(items.len() - end).skip(start) {
        check(item).map_err(|error| error.at_index(at).in_field("page"))?;
    }
    Ok(PaginationResult {
        page: items,
        is_done,
        continue_cursor,
        split_cursor,
        page_status,
    })
}

impl State {
    fn begin(call: Query<Value>, initial: u32) -> Self {
        /// Two lists of the same items must not share pages, because each has its own page boundaries.
        static NEXT_ID: AtomicU32 = AtomicU32::new(0);
        Self {
            call,
            pages: Pages::new(initial, NEXT_ID.fetch_add(1, Ordering::Relaxed)),
            results: Vec::new(),
            more: None,
        }
    }

    /// Subscribes to the wanted pages, then drops the others.
    fn subscribe(&mut self, list: &List) {
        let mut former = std::mem::take(&mut self.results);
        for (key, options) in self.pages.wanted() {
            let known = former.iter().position(|(known, _)| *known == key);
            let result = known.map_or_else(
                || list.subscribe_page(options, list.first_page(key, &self.call)),
                |at| former.swap_remove(at).1,
            );
            self.results.push((key, result));
        }
    }

    fn read(&mut self) -> Result<Reading<Item>, Stale> {
        let results = &self.results;
        self.pages.read(|wanted| {
            let (_, result) = results.iter().find(|(key, _)| *key == wanted)?;
            result.get()
        })
    }

    fn show(&mut self, reading: Reading<Item>) -> Listed {
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
        Listed { items, status }
    }
}
