//! The bounds on the load by one client, and by all clients together that are not signed in.

use tokio::sync::{Semaphore, SemaphorePermit};

/// The most queries that one client may subscribe to. A page has a few dozen.
pub(super) const MAX_QUERIES: usize = 1_000;
/// The most bytes of their arguments.
pub(super) const MAX_QUERY_BYTES: usize = 64 << 20;
/// The most bytes of the results of one client's queries, which may all change at once.
pub(super) const MAX_SHOWN_BYTES: usize = 64 << 20;
/// The most queries of one client that run at once, as on Convex.
pub(super) const QUERIES_AT_ONCE: usize = 20;
/// The most actions of one client that run at once. The others wait for their turn.
pub(super) const ACTIONS_AT_ONCE: usize = 64;
/// The longest message of a client: arguments may have 16 MiB, as over HTTP.
pub(super) const MAX_MESSAGE: usize = (1 << 24) + 2_000;
/// Messages up to this length are read and refused with an error; longer ones end the connection.
pub(super) const MAX_READ_MESSAGE: usize = 20 << 20;
/// The number of waiting changes of the query set from which no more are read from the socket.
pub(super) const MAX_WAITING_CHANGES: usize = 4 * MAX_QUERIES;

/// The most queries and mutations of clients without a sign-in that run at once.
const ANONYMOUS_CALLS: usize = 16;
/// The same for actions, which mostly wait for other services.
const ANONYMOUS_ACTIONS: usize = 128;

/// Arguments up to this length are short. Longer ones share turns of their own and take one for each multiple of this
/// length, because they are parsed as a whole while other calls wait.
const BYTES_A_TURN: usize = 64 << 10;
/// The turns for long arguments of clients that are not signed in. A call that needs more takes all of them.
const ANONYMOUS_LONG: usize = 16;
/// The same for people who are signed in, because anybody can sign in as a guest.
const LONG: usize = 64;
/// The same for actions, which keep their arguments while they wait for other services.
const ANONYMOUS_LONG_ACTIONS: usize = 64;
const LONG_ACTIONS: usize = 256;

/// The turns of clients that are not signed in, and of long arguments. Anybody can send such calls, so the turns leave
/// time for other clients. First come, first served; short arguments never wait for long ones.
#[derive(Debug)]
pub(crate) struct Turns {
    calls: Semaphore,
    actions: Semaphore,
    anonymous_long: Semaphore,
    long: Semaphore,
    anonymous_long_actions: Semaphore,
    long_actions: Semaphore,
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            calls: Semaphore::new(ANONYMOUS_CALLS),
            actions: Semaphore::new(ANONYMOUS_ACTIONS),
            anonymous_long: Semaphore::new(ANONYMOUS_LONG),
            long: Semaphore::new(LONG),
            anonymous_long_actions: Semaphore::new(ANONYMOUS_LONG_ACTIONS),
            long_actions: Semaphore::new(LONG_ACTIONS),
        }
    }
}

impl Turns {
    /// Waits until a query or mutation with arguments of this many bytes may run. Short calls of people who are signed
    /// in do not wait and take no turn (`None`).
    pub(super) async fn call(
        &self,
        is_anonymous: bool,
        bytes: usize,
    ) -> Option<SemaphorePermit<'_>> {
        let (turns, most) = match (is_anonymous, bytes > BYTES_A_TURN) {
            (true, false) => (&self.calls, 1),
            (true, true) => (&self.anonymous_long, ANONYMOUS_LONG),
            (false, true) => (&self.long, LONG),
            (false, false) => return None,
        };
        take(turns, bytes, most).await
    }

    /// Waits until an action with arguments of this many bytes may run. Short ones of people who are signed in do not
    /// wait and take no turn.
    pub(super) async fn action(
        &self,
        is_anonymous: bool,
        bytes: usize,
    ) -> [Option<SemaphorePermit<'_>>; 2] {
        let (long, most) = match is_anonymous {
            true => (&self.anonymous_long_actions, ANONYMOUS_LONG_ACTIONS),
            false => (&self.long_actions, LONG_ACTIONS),
        };
        let long = match bytes > BYTES_A_TURN {
            true => take(long, bytes, most).await,
            false => None,
        };
        let one = match is_anonymous {
            true => self.actions.acquire().await.ok(),
            false => None,
        };
        [long, one]
    }
}

/// Waits for the turns that this many bytes need, at most `most`.
async fn take(turns: &Semaphore, bytes: usize, most: usize) -> Option<SemaphorePermit<'_>> {
    let wanted = bytes.div_ceil(BYTES_A_TURN).clamp(1, most);
    // The semaphore is never closed, and the number of turns always fits.
    turns.acquire_many(u32::try_from(wanted).ok()?).await.ok()
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    const SHORT: usize = 2;
    const MEGABYTES: usize = 6_000_000;

    #[test]
    fn callers_who_are_not_signed_in_share_turns_and_others_need_none() {
        let turns = Turns::default();
        let taken: Vec<_> = (0..ANONYMOUS_CALLS)
            .map(|_| turns.call(true, SHORT).now_or_never().unwrap())
            .collect();
        assert!(turns.call(true, SHORT).now_or_never().is_none());
        // Actions are counted separately, so that slow ones hold up no query.
        assert!(turns.action(true, SHORT).now_or_never().is_some());
        assert!(turns.call(false, SHORT).now_or_never().unwrap().is_none());
        drop(taken);
        assert!(turns.call(true, SHORT).now_or_never().is_some());
    }

    #[test]
    fn long_arguments_wait_for_each_other_and_hold_up_no_short_ones() {
        let turns = Turns::default();
        for is_anonymous in [true, false] {
            let first = turns.call(is_anonymous, MEGABYTES).now_or_never().unwrap();
            assert!(first.is_some());
            let mut second = Box::pin(turns.call(is_anonymous, MEGABYTES));
            assert!(second.as_mut().now_or_never().is_none());
            assert!(turns.call(is_anonymous, SHORT).now_or_never().is_some());
            drop(first);
            assert!(second.now_or_never().unwrap().is_some());
        }
    }

    #[test]
    fn long_arguments_of_actions_wait_for_each_other_too() {
        let turns = Turns::default();
        for is_anonymous in [true, false] {
            let first: Vec<_> = (0..LONG_ACTIONS)
                .map_while(|_| turns.action(is_anonymous, MEGABYTES).now_or_never())
                .collect();
            assert!((1..4).contains(&first.len()), "{}", first.len());
            assert!(turns.action(is_anonymous, SHORT).now_or_never().is_some());
            drop(first);
            assert!(
                turns
                    .action(is_anonymous, MEGABYTES)
                    .now_or_never()
                    .is_some()
            );
        }
    }

    #[test]
    fn long_arguments_of_anonymous_callers_do_not_hold_up_signed_in_ones() {
        let turns = Turns::default();
        let _first = turns.call(true, MEGABYTES).now_or_never().unwrap();
        assert!(turns.call(false, MEGABYTES).now_or_never().is_some());
    }
}
