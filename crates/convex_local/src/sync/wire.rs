//! Small helpers of the session loop: frames, clocks and waits.

use std::future::{Future, pending};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value as Json;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::answer::AnswerError;
use super::error::SessionError;
use super::message::{ServerMessage, encode_ts};
use super::receiving::{Length, Socket};
use super::requests::MutationReply;
use crate::backend::ActionReply;

/// How long a client may read nothing before its connection ends.
pub(super) const SEND_TIMEOUT: Duration = Duration::from_secs(60);

pub(super) fn mutation_response(request_id: u32, reply: &MutationReply) -> String {
    let ts = reply.ts.map(encode_ts);
    let log_lines = &reply.logs;
    let message = Json::from(error_message(&reply.result));
    let (success, result, error_data) = parts(&reply.result, &message);
    ServerMessage::MutationResponse {
        request_id,
        success,
        result,
        ts,
        log_lines,
        error_data,
    }
    .to_json()
}

pub(super) fn action_response(request_id: u32, reply: &ActionReply) -> String {
    let log_lines = &reply.logs;
    let message = Json::from(error_message(&reply.result));
    let (success, result, error_data) = parts(&reply.result, &message);
    ServerMessage::ActionResponse {
        request_id,
        success,
        result,
        log_lines,
        error_data,
    }
    .to_json()
}

fn error_message(result: &Result<Json, AnswerError>) -> &str {
    result.as_ref().err().map_or("", |error| &error.message)
}

/// Writes `success`, `result` and `errorData` of a response.
fn parts<'a>(
    result: &'a Result<Json, AnswerError>,
    message: &'a Json,
) -> (bool, &'a Json, Option<&'a Json>) {
    match result {
        Ok(value) => (true, value, None),
        Err(error) => (false, message, error.data.as_ref()),
    }
}

/// Waits for the future in `slot`. Never completes if there is none.
pub(super) async fn ready<F: Future + Unpin>(slot: &mut Option<F>) -> F::Output {
    match slot {
        Some(future) => future.await,
        None => pending().await,
    }
}

/// Waits until `end`. Never completes if there is none.
pub(super) async fn hold(end: Option<Instant>) {
    match end {
        Some(end) => sleep_until(end).await,
        None => pending().await,
    }
}

pub(super) async fn send(socket: &mut Socket, message: Message) -> Result<(), SessionError> {
    match timeout(SEND_TIMEOUT, socket.send(message)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(SessionError::Gone),
    }
}

/// Sends the reason to the client, as far as it helps, and closes. `base_version` is the identity version of
/// the last transition.
pub(super) async fn say_goodbye(socket: &mut Socket, error: SessionError, base_version: u32) {
    let text = error.to_string();
    let auth_error = |auth_update_attempted| {
        ServerMessage::AuthError {
            error: &text,
            base_version,
            auth_update_attempted,
        }
        .to_json()
    };
    let (last_words, close) = match error {
        SessionError::Gone => return,
        SessionError::Client(_) => (
            Some(ServerMessage::FatalError { error: &text }.to_json()),
            Message::Close(None),
        ),
        SessionError::AuthRefused(_) => (Some(auth_error(true)), Message::Close(None)),
        SessionError::AuthExpired => (Some(auth_error(false)), Message::Close(None)),
        SessionError::Overloaded(why) => (None, close(1013, why)),
        SessionError::Internal(_) => (None, close(1011, "InternalServerError")),
    };
    if let Some(words) = last_words
        && send(socket, Message::Text(words.into())).await.is_err()
    {
        return;
    }
    // Best effort from here on. The client's own close is awaited, because dropping a socket with unread frames would
    // reset it, and the client would not get the last message.
    if send(socket, close).await.is_err() {
        return;
    }
    let closed = async {
        while let Some(Ok(message)) = socket.next().await {
            socket.get_mut().handled(Length::of(&message));
        }
    };
    let _ = timeout(Duration::from_secs(2), closed).await;
    if socket.get_ref().is_refused() {
        socket.get_mut().drain().await;
    }
}

pub(super) fn close(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame {
        code: code.into(),
        reason: reason.into(),
    }))
}

/// Returns the client's clock minus the server's, in milliseconds.
pub(super) fn clock_skew(client_ms: u64) -> i64 {
    let signed = |ms: u64| i64::try_from(ms).unwrap_or(i64::MAX);
    signed(client_ms).saturating_sub(signed(now_nanos() / 1_000_000))
}

pub(super) fn now_nanos() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
