//! The sending half of a session: messages and transitions. A transition is written when there is room for its text.
//!
//! Clients share results. The text of a transition belongs to one client and stays in memory until that client has read
//! it. All texts together are bounded. When the bound is reached, further transitions wait.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;

use super::chunk;
use super::error::SessionError;
use super::message::Transition;
use super::receiving::Socket;
use super::waiting::{ClientWaiting, Held};
use super::wire::{SEND_TIMEOUT, send};

/// How long a transition waits before it looks for room again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A message or transition to send.
#[derive(Debug)]
pub(super) enum Outgoing {
    Message(String),
    Transition(Transition),
}

/// The sending half of one session.
#[derive(Debug)]
pub(super) struct Sending {
    pub(super) joins_chunks: bool,
    /// The room for the texts of transitions.
    pub(super) room: ClientWaiting,
    pub(super) shutdown: CancellationToken,
}

impl Sending {
    /// Sends `outgoing` completely, or gives up on the client.
    pub(super) async fn send(
        &self,
        socket: &mut Socket,
        outgoing: Outgoing,
    ) -> Result<(), SessionError> {
        let transition = match outgoing {
            Outgoing::Message(text) => return send(socket, Message::Text(text.into())).await,
            Outgoing::Transition(transition) => transition,
        };
        let _held = self.room(transition.size()).await?;
        for frame in chunk::frames(transition.into_json(), self.joins_chunks) {
            send(socket, Message::Text(frame.into())).await?;
        }
        Ok(())
    }

    async fn room(&self, bytes: usize) -> Result<Held, SessionError> {
        let since = Instant::now();
        loop {
            if let Some(held) = self.room.hold(bytes) {
                return Ok(held);
            }
            if self.shutdown.is_cancelled() {
                return Err(SessionError::Gone);
            }
            if since.elapsed() > SEND_TIMEOUT {
                return Err(SessionError::Overloaded("TooManyBytesToSend"));
            }
            sleep(LOOK_AGAIN).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::waiting::Waiting;
    use super::*;

    fn of_one_address(texts: &Waiting) -> Sending {
        Sending {
            joins_chunks: true,
            room: texts.of_client(Some([203, 0, 113, 1].into())),
            shutdown: CancellationToken::new(),
        }
    }

    #[tokio::test]
    async fn long_transitions_wait_for_others_and_short_ones_do_not() {
        let texts = Waiting::of_transitions();
        let deaf = [(); 2].map(|()| of_one_address(&texts));
        let held = [deaf[0].room(60 << 20).await, deaf[1].room(60 << 20).await];
        let modest = of_one_address(&texts);
        assert!(modest.room(1 << 20).await.is_ok());
        let waits = modest.room(20 << 20);
        tokio::pin!(waits);
        let soon = 2 * LOOK_AGAIN;
        assert!(tokio::time::timeout(soon, &mut waits).await.is_err());
        drop(held);
        assert!(waits.await.is_ok());
    }

    #[tokio::test]
    async fn a_socket_that_waits_for_room_does_not_hold_up_the_shutdown() {
        let texts = Waiting::of_transitions();
        let sending = [(); 3].map(|()| of_one_address(&texts));
        let _held = [
            sending[0].room(64 << 20).await,
            sending[1].room(64 << 20).await,
        ];
        sending[2].shutdown.cancel();
        let refused = sending[2].room(20 << 20).await.expect_err("no room");
        assert!(matches!(refused, SessionError::Gone), "{refused}");
    }
}
