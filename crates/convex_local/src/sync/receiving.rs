//! The receiving half of a socket. Its bytes are counted as they arrive, because a message that is never completed also
//! takes memory.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::waiting::{ClientWaiting, Held};

/// A client's socket.
pub(super) type Socket = WebSocketStream<Counted<TokioIo<Upgraded>>>;

/// The most bytes of one read. After a whole message, at most this many bytes can belong to the next one.
pub(super) const READ_AT_ONCE: usize = 32 << 10;
/// Unfinished messages up to this length are not counted.
const SHORT: usize = 64 << 10;
/// How long a refused client may continue to send before the connection is closed.
const PATIENCE: Duration = Duration::from_secs(2);

/// A connection that counts the bytes it has read of a message that the session has not handled yet.
#[derive(Debug)]
pub(super) struct Counted<S> {
    connection: S,
    unhandled: usize,
    held: Held,
    is_refused: bool,
}

/// The bytes of a message in the connection, see [`Counted::handled`].
#[derive(Debug, Clone, Copy)]
pub(super) enum Length {
    /// A whole message of the client, in any number of frames.
    Whole(usize),
    /// A control frame such as a ping, which may come between the frames of a message.
    Between(usize),
}

impl Length {
    pub(super) fn of(message: &Message) -> Self {
        /// The head of a short frame with its mask.
        const HEAD: usize = 6;
        match message {
            Message::Text(_) | Message::Binary(_) => Self::Whole(message.len()),
            _ => Self::Between(HEAD + message.len()),
        }
    }
}

impl<S> Counted<S> {
    /// Wraps a connection and counts the bytes that are read from it.
    pub(super) fn new(connection: S, room: &ClientWaiting) -> Self {
        Self {
            connection,
            unhandled: 0,
            held: room.hold_nothing(),
            is_refused: false,
        }
    }

    /// Notes that the session has handled a message.
    pub(super) fn handled(&mut self, length: Length) {
        self.unhandled = match length {
            Length::Whole(bytes) => self.unhandled.saturating_sub(bytes).min(READ_AT_ONCE),
            Length::Between(bytes) => self.unhandled.saturating_sub(bytes),
        };
        self.held.shrink(self.counted());
    }

    /// Returns whether a long message has begun to arrive and is not complete yet.
    pub(super) fn is_in_a_long_message(&self) -> bool {
        self.counted() > 0
    }

    /// Returns whether the client has sent more than there is room for. Nothing more is read then.
    pub(super) fn is_refused(&self) -> bool {
        self.is_refused
    }

    fn counted(&self) -> usize {
        match self.unhandled > SHORT {
            true => self.unhandled,
            false => 0,
        }
    }

    fn admit(&mut self, bytes: usize) -> bool {
        self.unhandled += bytes;
        self.is_refused = !self.held.grow(self.counted());
        !self.is_refused
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Counted<S> {
    /// Reads and drops what the client still sends, for a while. Closing a connection with unread bytes would reset it,
    /// and the client would not get the last message.
    pub(super) async fn drain(&mut self) {
        let connection = &mut self.connection;
        let drain = async {
            let mut dropped = vec![0; READ_AT_ONCE];
            let _ = connection.shutdown().await;
            while let Ok(1..) = connection.read(&mut dropped).await {}
        };
        let _ = timeout(PATIENCE, drain).await;
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        if !self.is_refused {
            ready!(Pin::new(&mut self.connection).poll_read(context, into))?;
            if self.admit(into.filled().len() - before) {
                return Poll::Ready(Ok(()));
            }
        }
        into.set_filled(before);
        Poll::Ready(Err(io::Error::other("more than there is room for")))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::super::waiting::Waiting;
    use super::*;

    const MEGABYTE: usize = 1 << 20;

    fn of_one_address(room: &Waiting) -> Counted<()> {
        let address = Some(IpAddr::from([203, 0, 113, 1]));
        Counted::new((), &room.of_client(address))
    }

    #[test]
    fn unfinished_messages_of_an_address_are_bounded_and_short_ones_pass() {
        let room = Waiting::of_messages();
        let mut sockets = [(); 8].map(|()| of_one_address(&room));
        let begun = sockets.each_mut().map(|socket| socket.admit(15 * MEGABYTE));
        assert_eq!(begun.iter().filter(|begun| **begun).count(), 4);
        assert!(sockets[7].is_refused());
        let mut modest = of_one_address(&room);
        assert!(modest.admit(SHORT) && !modest.is_in_a_long_message());
        assert!(!modest.admit(5 * MEGABYTE));
        drop(sockets);
        assert!(of_one_address(&room).admit(15 * MEGABYTE));
    }

    #[test]
    fn handled_messages_do_not_count_and_pongs_between_frames_end_no_message() {
        let room = Waiting::of_messages();
        let mut socket = of_one_address(&room);
        for _ in 0..100 {
            assert!(socket.admit(MEGABYTE) && socket.is_in_a_long_message());
            socket.handled(Length::of(&Message::text("x".repeat(MEGABYTE - 14))));
            assert!(!socket.is_in_a_long_message());
        }
        assert!(socket.admit(60 * MEGABYTE));
        socket.handled(Length::of(&Message::Pong(vec![0; 100].into())));
        assert!(socket.is_in_a_long_message());
        assert!(!socket.admit(10 * MEGABYTE));
    }
}
