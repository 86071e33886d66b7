//! The Convex tokens of the open socket, with one request at a time.

use std::cell::RefCell;
use std::rc::Rc;

use futures::FutureExt as _;
use futures::future::{LocalBoxFuture, Shared};
use leptos_convex::{TokenOutcome, token_expiry};

use super::auth_client::AuthClient;
use super::page;
use crate::AuthError;

/// A token that expires sooner than this is not used again.
const MIN_REMAINING_MS: f64 = 10_000.0;

type Flight = Shared<LocalBoxFuture<'static, TokenOutcome>>;

/// Fetches tokens for one session, until [`forget`](Self::forget).
#[derive(Clone)]
pub(super) struct Tokens(Rc<Inner>);

struct Inner {
    fetch: Box<dyn Fn() -> LocalBoxFuture<'static, TokenOutcome>>,
    state: RefCell<State>,
}

/// `cached` is the newest token of this session, `flight` the running request. Both belong to `epoch`: an answer that
/// arrives after [`Tokens::forget`] is dropped.
#[derive(Default)]
struct State {
    epoch: u32,
    cached: Option<String>,
    flight: Option<Flight>,
}

impl Tokens {
    pub(super) fn of(client: AuthClient) -> Self {
        Self::new(move || {
            let client = client.clone();
            async move { outcome(client.convex().token().await) }.boxed_local()
        })
    }

    fn new(fetch: impl Fn() -> LocalBoxFuture<'static, TokenOutcome> + 'static) -> Self {
        Self(Rc::new(Inner {
            fetch: Box::new(fetch),
            state: RefCell::default(),
        }))
    }

    /// Returns a token: a new one with `force`, otherwise the last one while it is valid. If a request is already
    /// running, its answer is used, since it is new for everybody.
    pub(super) fn get(&self, force: bool) -> LocalBoxFuture<'static, TokenOutcome> {
        let mut state = self.0.state.borrow_mut();
        if let Some(flight) = &state.flight {
            return flight.clone().boxed_local();
        }
        if let Some(token) = state.cached.as_ref().filter(|token| !force && lasts(token)) {
            return futures::future::ready(TokenOutcome::Token(token.clone())).boxed_local();
        }
        let flight = self.start(state.epoch).shared();
        state.flight = Some(flight.clone());
        flight.boxed_local()
    }

    fn start(&self, epoch: u32) -> LocalBoxFuture<'static, TokenOutcome> {
        let request = (self.0.fetch)();
        let this = self.clone();
        async move {
            let outcome = request.await;
            let mut state = this.0.state.borrow_mut();
            if state.epoch != epoch {
                // It says nothing about the session that there is now.
                return TokenOutcome::Unknown;
            }
            state.flight = None;
            match &outcome {
                TokenOutcome::Token(token) => state.cached = Some(token.clone()),
                TokenOutcome::NoSession => state.cached = None,
                _ => {}
            }
            outcome
        }
        .boxed_local()
    }

    /// Forgets the former session. Those who wait for its token get [`TokenOutcome::Unknown`].
    pub(super) fn forget(&self) {
        let mut state = self.0.state.borrow_mut();
        *state = State {
            epoch: state.epoch + 1,
            ..State::default()
        };
    }
}

/// Interprets an answer. A 401 means no session; anything else without a token means that nothing is known.
fn outcome(answer: Result<Option<String>, AuthError>) -> TokenOutcome {
    match answer {
        Ok(Some(token)) => TokenOutcome::Token(token),
        Ok(None) => TokenOutcome::NoSession,
        Err(_) => TokenOutcome::Unknown,
    }
}

fn lasts(token: &str) -> bool {
    token_expiry(token).is_some_and(|expires| expires - page::now() > MIN_REMAINING_MS)
}

#[cfg(test)]
mod tests;
