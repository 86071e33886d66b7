//! Mutations over a session's socket, each of which runs once.
//!
//! Convex identifies a mutation by client and number, and runs it once however often it is sent. When the connection
//! is lost before the answer has arrived, the same client connects again and sends the same message again, until
//! there is an answer or no caller waits any more.

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

/// How long a connection may be silent while a mutation waits. Each mutation is sent together with a question that is
/// answered at once.
const PATIENCE: Duration = Duration::from_secs(3);
/// The first pause between attempts to learn the outcome of mutations. Each further pause is twice as long, up to the
/// longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The outcome of a mutation. If the channel closes without one, the mutation may have run.
pub(super) type Outcome = Result<(Encoded, Timestamp), CallError>;

/// A mutation that was not sent yet and whose caller waits.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) path: String,
    pub(super) args: Arc<Value>,
    /// `None` says that it was not sent and never will be.
    pub(super) tell: oneshot::Sender<Option<Outcome>>,
}

impl Write {
    pub(super) fn give_back(self) {
        // The caller may be gone.
        drop(self.tell.send(None));
    }
}

/// A session's mutations that were sent and not answered yet.
#[derive(Debug)]
pub(super) struct Writes {
    client: Client,
    connections: u32,
    next: RequestId,
    sent: Vec<Sent>,
    /// When the newest was sent or a message last arrived, whichever is later.
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

    /// Returns this client's next connection.
    pub(super) fn connection(&mut self, token: &str) -> (Follower, [String; 2]) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
        let connection = Follower::start(self.client, self.connections, token, now);
        self.connections += 1;
        connection
    }

    /// Returns the messages to send now. From here on the mutations may have run. If the connection is lost between
    /// two messages, the later ones are sent again, too.
    pub(super) fn send(&mut self, writes: Vec<Write>) -> Vec<String> {
        let mut messages = Vec::with_capacity(writes.len());
        for write in writes {
            let id = self.next;
            let Some(message) = mutation(id, &write.path, &write.args) else {
                // The HTTP request gives Convex's reason.
                write.give_back();
                continue;
            };
            self.next += 1;
            self.heard = Instant::now();
            self.sent.retain(|sent| !sent.tell.is_closed());
            messages.push(message.clone());
            let tell = write.tell;
            self.sent.push(Sent { id, message, tell });
        }
        messages
    }

    pub(super) fn answer(&mut self, id: RequestId, outcome: Outcome) {
        if let Some(index) = self.sent.iter().position(|sent| sent.id == id) {
            drop(self.sent.remove(index).tell.send(Some(outcome)));
        }
    }

    /// Notes that a message has arrived on this connection.
    pub(super) fn hear(&mut self) {
        self.heard = Instant::now();
    }

    /// Returns whether a question sent at that time should have been answered.
    pub(super) fn is_silent(asked: Instant, now: Instant) -> bool {
        now.saturating_duration_since(asked) >= PATIENCE
    }

    /// Returns the time by which a message must arrive; `None` while no caller waits.
    pub(super) fn until(&self) -> Option<Instant> {
        let is_waiting = self.sent.iter().any(|sent| !sent.tell.is_closed());
        is_waiting.then(|| self.heard + PATIENCE)
    }

    /// Learns the outcome of the mutations that had been sent when the connection was lost.
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

    /// Returns when every mutation has been answered.
    async fn send_again(&mut self, target: &Target, token: &str) -> Result<(), Failure> {
        let mut socket = target.connect().await?;
        let (mut follower, greeting) = self.connection(token);
        for text in greeting {
            socket.send(text).await?;
        }
        for sent in &self.sent {
            socket.send(sent.message.clone()).await?;
        }
        // Checks whether a caller still waits while a mutation takes long.
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
