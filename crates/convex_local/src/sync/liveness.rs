//! How long a client may stay silent, and how long a long message may take to become whole.

use std::time::Duration;

use tokio::time::Instant;

/// After this, a client that sends nothing is lost, and so is one whose long message is not whole yet.
const LIMIT: Duration = Duration::from_secs(120);

/// When a client last did its part.
#[derive(Debug)]
pub(super) struct Liveness {
    received: Instant,
    /// When no long message was on its way. A client that sends such a message byte by byte is never silent, and the
    /// message takes memory.
    whole: Instant,
}

impl Liveness {
    /// Starts at `now`.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            received: now,
            whole: now,
        }
    }

    /// Tells that a message or a pong came.
    pub(super) fn received(&mut self, now: Instant) {
        self.received = now;
    }

    /// Tells that no long message is on its way.
    pub(super) fn whole(&mut self, now: Instant) {
        self.whole = now;
    }

    /// Tells that nothing is read at the moment: the client waits for the server.
    pub(super) fn waits_for_server(&mut self, now: Instant) {
        *self = Self::new(now);
    }

    /// Returns whether the client is to be given up.
    pub(super) fn is_lost(&self, now: Instant) -> bool {
        now - self.received > LIMIT || now - self.whole > LIMIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_long_message_must_be_whole_within_two_minutes_whatever_comes_in_between() {
        let start = Instant::now();
        let mut client = Liveness::new(start);
        for second in 0..=120 {
            let now = start + second * SECOND;
            client.received(now);
            assert!(!client.is_lost(now), "after {second} s");
        }
        let now = start + 121 * SECOND;
        client.received(now);
        assert!(client.is_lost(now));
        client.whole(now);
        assert!(!client.is_lost(now + 120 * SECOND));
    }

    #[test]
    fn a_client_that_sends_nothing_is_lost_after_two_minutes() {
        let start = Instant::now();
        let mut client = Liveness::new(start);
        let at = |second| start + second * SECOND;
        client.whole(at(121));
        assert!(client.is_lost(at(121)));
        client.received(at(100));
        assert!(!client.is_lost(at(220)) && client.is_lost(at(221)));
    }

    #[test]
    fn a_client_that_waits_for_the_server_is_not_lost() {
        let start = Instant::now();
        let mut client = Liveness::new(start);
        client.waits_for_server(start + 119 * SECOND);
        assert!(!client.is_lost(start + 239 * SECOND));
    }
}
