//! The value that a live query shows: one rule for all hooks. It has no type parameter, because its results are text.
//!
//! - A live result is shown, and replaces whatever was shown before.
//! - An error leaves the last result of the same query in place, beside the error.
//! - Until there is a live result, a preloaded result is shown. An older result is shown if only the query's
//!   subscription changed or if the app asked to keep it.
//! - During hydration, the server's result is shown, even if newer ones have arrived.
//! - A result that belonged to one person is never shown to the next.

use std::sync::{Arc, Mutex, MutexGuard, Weak};

use leptos::prelude::*;

use super::live_query::{Live, LiveQuery};
use crate::{
    call::{CallError, Preloaded, Query},
    client::{ConvexAuth, ConvexClient},
    lock::lock,
    sync::{AuthStatus, QueryResult},
    value::{Encoded, Value},
};

/// Gives what is known before the live client has answered; `None` while nothing is.
pub(super) type GetFirst = Box<dyn Fn() -> Option<First> + Send + Sync>;

/// What is known before the live client has answered.
#[derive(Clone)]
pub(super) struct First {
    pub(super) query: Query<Value>,
    /// The person that the result is for.
    pub(super) epoch: u32,
    pub(super) result: QueryResult,
    /// The moment at which the result was read.
    pub(super) ts: Option<String>,
}

impl First {
    /// Returns what `preloaded` holds for the person of `epoch`, if anything.
    pub(super) fn of<T>(preloaded: &Preloaded<T>, epoch: u32) -> Option<Self> {
        Some(Self {
            query: preloaded.query().untyped(),
            epoch,
            result: Ok(preloaded.encoded()?.clone()),
            ts: preloaded.ts().map(str::to_owned),
        })
    }
}

/// Settings of a [`Source`].
#[derive(Default)]
pub(super) struct SourceOptions {
    /// Keep the result of the previous arguments until there is one for the new arguments.
    pub(super) keep_previous: bool,
    /// The result belongs to the signed-in person. Nothing is shown while nobody is signed in.
    pub(super) personal: bool,
    /// The result that the server found.
    pub(super) first: Option<GetFirst>,
}

pub(super) struct Source {
    live: LiveQuery,
    client: ConvexClient,
    /// Set only where it matters, because reading it tracks one more signal.
    auth: Option<ConvexAuth>,
    options: SourceOptions,
    /// True during hydration; `None` if the page is already hydrated.
    hydrating: Option<ArcRwSignal<bool>>,
    shown: Mutex<Shown>,
}

/// The current value.
#[derive(Default)]
pub(super) struct Shown {
    value: Option<Encoded>,
    error: Option<CallError>,
    /// Grows with each change of `value`.
    version: u32,
    /// Grows when the next value does not follow from this one: for another query, or for another person.
    line: u32,
    /// The query that `value` and `error` belong to.
    query: Option<Query<Value>>,
    /// The person that they belong to.
    epoch: u32,
    /// The subscription that answered, and its last answer; `None` when that answer must not be shown any more. The
    /// weak reference keeps the subscription's address from being used for another one.
    answered: Option<(Weak<Live>, Option<QueryResult>)>,
    /// The last epoch for which the server's result must not be shown again.
    first_over: Option<u32>,
}

impl Shown {
    pub(super) const fn value(&self) -> Option<&Encoded> {
        self.value.as_ref()
    }

    pub(super) const fn error(&self) -> Option<&CallError> {
        self.error.as_ref()
    }

    pub(super) const fn version(&self) -> u32 {
        self.version
    }

    pub(super) const fn line(&self) -> u32 {
        self.line
    }

    pub(super) const fn query(&self) -> Option<&Query<Value>> {
        self.query.as_ref()
    }

    fn clear(&mut self) {
        self.error = None;
        self.answered = None;
        if self.value.take().is_some() {
            self.version += 1;
        }
        self.line += 1;
    }

    fn set(&mut self, result: &QueryResult) {
        match result {
            Ok(value) => {
                self.error = None;
                if self.value.as_ref() != Some(value) {
                    self.version += 1;
                }
                self.value = Some(value.clone());
            }
            Err(error) => self.error = Some(error.clone()),
        }
    }

    /// Switches to `query` and the person of `epoch`, and drops what belongs to others.
    fn turn_to(&mut self, query: &Query<Value>, epoch: u32) {
        if self.epoch != epoch || self.query.as_ref() != Some(query) {
            self.clear();
            self.epoch = epoch;
            self.query = Some(query.clone());
        }
    }

    /// Returns whether the last answer came from this subscription.
    fn is_answer_of(&self, live: &Arc<Live>) -> bool {
        let known = self.answered.as_ref();
        known.is_some_and(|(known, _)| std::ptr::eq(known.as_ptr(), Arc::as_ptr(live)))
    }

    /// Returns whether this answer was already taken in: the very same text, not just an equal one.
    fn is_answered_by(&self, live: &Arc<Live>, result: &QueryResult) -> bool {
        let Some((_, Some(former))) = &self.answered else {
            return false;
        };
        let is_same = match (former, result) {
            (Ok(former), Ok(result)) => former.is(result),
            (Err(former), Err(result)) => former == result,
            _ => false,
        };
        is_same && self.is_answer_of(live)
    }
}

impl Source {
    pub(super) fn new(client: ConvexClient, live: LiveQuery, options: SourceOptions) -> Self {
        let remembers = options.keep_previous || options.personal || options.first.is_some();
        Self {
            auth: remembers.then(|| client.auth()),
            hydrating: client.hydrating(),
            shown: Mutex::new(Shown {
                epoch: client.first_epoch(),
                ..Shown::default()
            }),
            client,
            live,
            options,
        }
    }

    /// Returns the current value. Tracks everything it depends on.
    pub(super) fn shown(&self) -> MutexGuard<'_, Shown> {
        let live = self.live.try_get();
        let mut shown = lock(&self.shown);
        if self.hydrating.as_ref().is_some_and(Get::get) {
            if shown.value.is_none() {
                self.show_first(&mut shown, None);
            }
            return shown;
        }
        match live {
            // The component is gone.
            None => {}
            Some(None) => self.ask_nothing(&mut shown),
            Some(Some(live)) => match &live.subscription {
                Ok(subscription) => {
                    subscription.with(|result| self.hear(&mut shown, &live, result));
                }
                Err(error) => self.hear(&mut shown, &live, Some(&Err(error.clone()))),
            },
        }
        shown
    }

    fn ask_nothing(&self, shown: &mut Shown) {
        let auth = self.auth.as_ref().filter(|_| self.options.personal);
        match auth.map(|auth| (auth.status(), auth.epoch())) {
            // Without a known person there is no query.
            Some((AuthStatus::Loading, epoch)) => {
                shown.answered = None;
                if shown.epoch != epoch {
                    shown.clear();
                    shown.epoch = epoch;
                }
                if shown.value.is_none() {
                    self.show_first(shown, None);
                }
            }
            somebody => {
                if let Some((AuthStatus::Unauthenticated, epoch)) = somebody {
                    shown.first_over = Some(epoch);
                }
                shown.clear();
                shown.query = None;
            }
        }
    }

    fn hear(&self, shown: &mut Shown, live: &Arc<Live>, result: Option<&QueryResult>) {
        match result {
            Some(result) if shown.is_answered_by(live, result) => {}
            Some(result) => {
                shown.turn_to(&live.query, self.client.epoch());
                shown.set(result);
                shown.answered = Some((Arc::downgrade(live), Some(result.clone())));
            }
            None => self.wait(shown, live),
        }
    }

    /// Waits, because there is no live result yet, or none any more.
    fn wait(&self, shown: &mut Shown, live: &Arc<Live>) {
        let epoch = match &self.auth {
            Some(auth) => auth.epoch(),
            None => self.client.epoch(),
        };
        if shown.is_answer_of(live) {
            // There was a result, and it must not be shown any more.
            shown.clear();
            if shown.epoch == epoch {
                shown.answered = Some((Arc::downgrade(live), None));
                return;
            }
        }
        let is_kept = shown.epoch == epoch
            && (self.options.keep_previous || shown.query.as_ref() == Some(&live.query));
        if is_kept {
            shown.error = None;
        } else {
            shown.turn_to(&live.query, epoch);
        }
        if shown.value.is_none() {
            self.show_first(shown, Some(&live.query));
        }
    }

    fn show_first(&self, shown: &mut Shown, asked: Option<&Query<Value>>) {
        // Read even if it is not shown: that is how a `<Suspense>` learns that there is something to wait for.
        let first = self.options.first.as_ref().and_then(|first| first());
        if let Some(first) = first
            && first.epoch == shown.epoch
            && shown.first_over.is_none_or(|over| first.epoch > over)
            && asked.is_none_or(|asked| *asked == first.query)
        {
            if let (None, Some(ts)) = (&shown.value, &first.ts) {
                self.client.observe(ts);
            }
            shown.set(&first.result);
            shown.query = Some(first.query);
        }
    }
}
