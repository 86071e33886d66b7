//! A sync socket that speaks frame by frame.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value as Json, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::Server;

/// Longer than anything but a ping takes.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

/// What the server says next.
#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    Message(Json),
    /// The code, if one was given.
    Closed(Option<u16>),
}

impl Socket {
    pub(crate) async fn open(server: &Server) -> Self {
        Self::open_at(&server.socket_url()).await
    }

    pub(crate) async fn open_at(url: &str) -> Self {
        let (stream, _) = connect_async(url).await.expect("a socket");
        Self { stream }
    }

    /// Opens a socket and sends `Connect`.
    pub(crate) async fn connect(server: &Server, session: &str) -> Self {
        let mut socket = Self::open(server).await;
        socket.send(connect(session)).await;
        socket
    }

    /// Connects and adds `path` without arguments as query 0. Returns the first transition as well.
    pub(crate) async fn subscribe(server: &Server, path: &str) -> (Self, Json) {
        let mut socket = Self::connect(server, &uuid::Uuid::new_v4().to_string()).await;
        socket.send(add_queries(0, &[path])).await;
        let transition = socket.message().await;
        (socket, transition)
    }

    pub(crate) async fn send(&mut self, message: Json) {
        self.send_text(&message.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.stream
            .send(Message::text(text))
            .await
            .expect("the socket is open");
    }

    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream
            .send(Message::binary(bytes.to_vec()))
            .await
            .expect("the socket is open");
    }

    pub(crate) async fn next(&mut self) -> Said {
        loop {
            let frame = tokio::time::timeout(PATIENCE, self.stream.next()).await;
            match frame.expect("the server says something") {
                Some(Ok(Message::Text(text))) => {
                    return Said::Message(serde_json::from_str(&text).expect("JSON"));
                }
                Some(Ok(Message::Close(frame))) => {
                    return Said::Closed(frame.map(|frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                None | Some(Err(_)) => return Said::Closed(Some(1006)),
            }
        }
    }

    /// Returns the next message. Panics if the socket is closed.
    pub(crate) async fn message(&mut self) -> Json {
        match self.next().await {
            Said::Message(message) => message,
            Said::Closed(code) => panic!("closed with {code:?}"),
        }
    }

    /// Returns the next message of a kind and skips all others.
    pub(crate) async fn message_of(&mut self, kind: &str) -> Json {
        loop {
            let message = self.message().await;
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// Returns the value of the next change of query 0.
    pub(crate) async fn next_value(&mut self) -> Json {
        loop {
            let transition = self.message_of("Transition").await;
            for modification in transition["modifications"].as_array().expect("a list") {
                if modification["queryId"] == 0 {
                    return modification["value"].clone();
                }
            }
        }
    }

    /// Returns whether the server stays silent for a while.
    pub(crate) async fn stays_silent(&mut self) -> bool {
        let silence = Duration::from_millis(400);
        tokio::time::timeout(silence, self.next()).await.is_err()
    }
}

pub(crate) fn connect(session: &str) -> Json {
    json!({
        "type": "Connect", "sessionId": session, "connectionCount": 0,
        "lastCloseReason": "InitialConnect", "clientTs": 1_795_427_051_946_u64,
    })
}

/// Returns a message that adds queries without arguments. The first query set has version 1.
pub(crate) fn add_queries(base_version: u32, paths: &[&str]) -> Json {
    let add = |(id, path)| json!({ "type": "Add", "queryId": id, "udfPath": path, "args": [{}] });
    let modifications: Vec<Json> = paths.iter().enumerate().map(add).collect();
    json!({
        "type": "ModifyQuerySet", "baseVersion": base_version, "newVersion": base_version + 1,
        "modifications": modifications,
    })
}

pub(crate) fn mutation(id: u32, path: &str, args: &Json) -> Json {
    json!({ "type": "Mutation", "requestId": id, "udfPath": path, "args": [args] })
}

pub(crate) fn authenticate(base_version: u32, token: Option<&str>) -> Json {
    match token {
        Some(token) => json!({
            "type": "Authenticate", "baseVersion": base_version, "tokenType": "User", "value": token,
        }),
        None => json!({ "type": "Authenticate", "baseVersion": base_version, "tokenType": "None" }),
    }
}
