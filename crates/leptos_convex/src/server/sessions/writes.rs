//! Mutations that go over a session's socket, each of which runs once.
//!
//! Convex runs a mutation once for each client and number, however often it is sent. So when the connection is lost
//! before the answer has come, the same client connects again and sends the same message again, until there is an
//! answer or nobody waits for one any more.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

use super::socket::{Failure, Target};
use crate::{
    call::CallError,
    sync::{Client, Follower, Heard, RequestId, Timestamp, mutation},
    value::{Encoded, Value},
};

/// How long a connection may say nothing while somebody waits for a mutation. Each is sent with a question that is
/// answered at once.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between two attempts to hear what became of mutations, at first; twice as long each time, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// What became of a mutation. When nothing is told, it may have run.
pub(super) type Outcome = Result<(Encoded, Timestamp), CallError>;

/// A mutation that somebody waits for, and that has not been sent.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) path: String,
    pub(super) args: Arc<Value>,
    /// `None`: it was not sent and never will be.
    pub(super) tell: oneshot::Sender<Option<Outcome>>,
}

impl Write {
    pub(super) fn give_back(self) {
        // Nobody may be there any more.
        drop(self.tell.send(None));
    }
}

/// The mutations of one session that have been sent and not been answered.
#[derive(Debug)]
pub(super) struct Writes {
    client: Client,
    connections: u32,
    next: RequestId,
    sent: Vec<Sent>,
    /// When the newest was sent, or something was last heard since.
    heard: Instant,
}

#[derive(Debug)]
struct Sent {
    id: RequestId,
    message: String,
    tell: oneshot::Sender<Option<Outcome>>,
}

impl Writes {
    pub(super) fn new() -> Self {
        Self {
            client: Client::new(),
            connections: 0,
            next: 0,
            sent: Vec::new(),
            heard: Instant::now(),
        }
    }

    /// Returns the next connection of this client.
    pub(super) fn connection(&mut self, token: &str) -> (Follower, [String; 2]) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
        let connection = Follower::start(self.client, self.connections, token, now);
        self.connections += 1;
        connection
    }

    /// Returns the message to send now. From here on it may have run.
    pub(super) fn send(&mut self, write: Write) -> Option<&str> {
        let id = self.next;
        let Some(message) = mutation(id, &write.path, &write.args) else {
            // Over HTTP Convex says what is wrong with it.
            write.give_back();
            return None;
        };
        self.next += 1;
        self.heard = Instant::now();
        self.sent.retain(|sent| !sent.tell.is_closed());
        let tell = write.tell;
        self.sent.push(Sent { id, message, tell });
        self.sent.last().map(|sent| &*sent.message)
    }

    pub(super) fn answer(&mut self, id: RequestId, outcome: Outcome) {
        if let Some(index) = self.sent.iter().position(|sent| sent.id == id) {
            drop(self.sent.remove(index).tell.send(Some(outcome)));
        }
    }

    /// Notes that something has been heard on this connection.
    pub(super) fn hear(&mut self) {
        self.heard = Instant::now();
    }

    /// Returns whether a question asked at that time should have been answered.
    pub(super) fn is_silent(asked: Instant, now: Instant) -> bool {
        now.saturating_duration_since(asked) >= PATIENCE
    }

    /// Returns until when something must be heard; `None` while nobody waits.
    pub(super) fn until(&self) -> Option<Instant> {
        let is_waiting = self.sent.iter().any(|sent| !sent.tell.is_closed());
        is_waiting.then(|| self.heard + PATIENCE)
    }

    /// Finds out, after the connection was lost, what became of what had been sent.
    pub(super) async fn settle(mut self, target: &Target, token: &str) {
        let mut pause = FIRST_PAUSE;
        loop {
            self.sent.retain(|sent| !sent.tell.is_closed());
            if self.sent.is_empty() {
                return;
            }
            if self.send_again(target, token).await.is_err() {
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }

    /// Returns when everything has been answered.
    async fn send_again(&mut self, target: &Target, token: &str) -> Result<(), Failure> {
        let mut socket = target.connect().await?;
        let (mut follower, greeting) = self.connection(token);
        for text in greeting {
            socket.send(text).await?;
        }
        for sent in &self.sent {
            socket.send(sent.message.clone()).await?;
        }
        // Tells whether somebody is there while a mutation takes long.
        socket.send(follower.ask(Vec::new(), &[])).await?;
        let mut is_asked = true;
        while self.until().is_some() {
            match timeout(PATIENCE, socket.receive()).await {
                Ok(text) => {
                    is_asked = false;
                    let heard = follower.receive(&text?).map_err(|_ended| Failure::Lost)?;
                    if let Heard::Outcome(id, outcome) = heard {
                        self.answer(id, outcome);
                    }
                }
                Err(_silent) if is_asked => return Err(Failure::Lost),
                Err(_silent) => {
                    socket.send(follower.ask(Vec::new(), &[])).await?;
                    is_asked = true;
                }
            }
        }
        Ok(())
    }
}
