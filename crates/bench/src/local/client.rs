//! A client that sends one call after the other, over HTTP or over a socket.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail, ensure};
use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use http::Request;
use http_body_util::Full;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::http1::Connection;

/// The context in which a function runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Realm {
    /// A separate one, in which its modules are loaded for each call.
    Own,
    /// One that is kept for the next call, if the module opts in.
    Kept,
}

/// A function with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// Reads the value of an item, optionally with arguments that were never used before.
    Read {
        key: u64,
        salt: Option<u64>,
        realm: Realm,
    },
    /// Increments an item.
    Bump { key: u64, realm: Realm },
    /// Creates items.
    Fill { from: u64, count: u64 },
    /// Creates notes: two fields, two indexes.
    FillNotes { from: u64, count: u64 },
    /// Counts the notes of an author.
    Notes { author: u64 },
    /// Creates vectors.
    FillPoints { count: u64 },
    /// Searches the vectors.
    Nearest,
}

impl Call {
    /// Creates a call that reads an item with the same arguments in every client.
    pub(crate) fn read(key: u64) -> Self {
        Self::Read {
            key,
            salt: None,
            realm: Realm::Own,
        }
    }

    /// Creates a call that increments an item.
    pub(crate) fn bump(key: u64) -> Self {
        Self::Bump {
            key,
            realm: Realm::Own,
        }
    }

    fn parts(self) -> (&'static str, Json) {
        match self {
            Self::Read { key, salt, realm } => {
                let path = match realm {
                    Realm::Own => "items:read",
                    Realm::Kept => "kept:read",
                };
                let args = match salt {
                    Some(salt) => json!({ "key": key, "salt": salt }),
                    None => json!({ "key": key }),
                };
                (path, args)
            }
            Self::Bump { key, realm } => {
                let path = match realm {
                    Realm::Own => "items:bump",
                    Realm::Kept => "kept:bump",
                };
                (path, json!({ "key": key }))
            }
            Self::Fill { from, count } => ("items:fill", json!({ "from": from, "count": count })),
            Self::FillNotes { from, count } => {
                ("notes:fill", json!({ "from": from, "count": count }))
            }
            Self::Notes { author } => ("notes:countOf", json!({ "author": author })),
            Self::FillPoints { count } => ("points:fill", json!({ "count": count })),
            Self::Nearest => ("points:nearest", json!({})),
        }
    }

    fn is_query(self) -> bool {
        matches!(self, Self::Read { .. } | Self::Notes { .. })
    }
}

/// The transport of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Over {
    #[serde(rename = "HTTP")]
    Http,
    #[serde(rename = "WebSocket")]
    Socket,
}

/// A connected client.
pub(crate) enum Client {
    Http(Connection),
    Socket(Box<Socket>),
}

impl Client {
    /// Opens a connection.
    ///
    /// # Errors
    /// When the address does not accept it.
    pub(crate) async fn open(addr: SocketAddr, over: Over) -> Result<Self> {
        Ok(match over {
            Over::Http => Self::Http(Connection::open(addr).await?),
            Over::Socket => Self::Socket(Box::new(Socket::open(addr).await?)),
        })
    }

    /// Calls a function and waits for its answer.
    ///
    /// # Errors
    /// When the function fails or the connection breaks.
    pub(crate) async fn call(&mut self, call: Call) -> Result<()> {
        match self {
            Self::Http(connection) => over_http(connection, call).await,
            Self::Socket(socket) if call.is_query() => socket.query(call).await,
            Self::Socket(socket) => socket.mutation(call).await,
        }
    }
}

async fn over_http(connection: &mut Connection, call: Call) -> Result<()> {
    let (path, args) = call.parts();
    let body = json!({ "path": path, "args": args, "format": "json" });
    let address = match call {
        Call::Nearest => "/api/action",
        call if call.is_query() => "/api/query",
        _ => "/api/mutation",
    };
    let request = Request::post(address)
        .header("host", "localhost")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.to_string())))?;
    let answer = connection.send(request).await?;
    let text = String::from_utf8_lossy(answer.body());
    ensure!(text.contains(r#""status":"success""#), "{path}: {text}");
    Ok(())
}

/// A sync socket, like that of npm `convex`.
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
    query_set: u64,
    requests: u64,
}

/// The relevant part of a message.
#[derive(Deserialize)]
struct Said {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    modifications: Vec<Modification>,
    success: Option<bool>,
}

#[derive(Deserialize)]
struct Modification {
    #[serde(rename = "type")]
    kind: String,
}

impl Socket {
    /// Opens a socket and introduces the client.
    ///
    /// # Errors
    /// When the address does not accept a WebSocket.
    pub(crate) async fn open(addr: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        let (stream, _) = client_async(format!("ws://{addr}/api/1.48.0/sync"), stream).await?;
        let mut socket = Self {
            stream,
            query_set: 0,
            requests: 0,
        };
        let connect = json!({
            "type": "Connect", "sessionId": uuid::Uuid::new_v4(), "connectionCount": 0,
            "lastCloseReason": null, "clientTs": 0,
        });
        socket.send(&connect).await?;
        Ok(socket)
    }

    /// Replaces the subscription with another query, and waits for its value.
    async fn query(&mut self, call: Call) -> Result<()> {
        let (path, args) = call.parts();
        let (before, now) = (self.query_set, self.query_set + 1);
        let mut modifications = vec![json!({
            "type": "Add", "queryId": now, "udfPath": path, "args": [args],
        })];
        if before > 0 {
            modifications.push(json!({ "type": "Remove", "queryId": before }));
        }
        let change = json!({
            "type": "ModifyQuerySet", "baseVersion": before, "newVersion": now,
            "modifications": modifications,
        });
        self.query_set = now;
        self.send(&change).await?;
        self.update().await
    }

    /// Subscribes to a query and waits for its first value.
    ///
    /// # Errors
    /// When the query fails or the connection breaks.
    pub(crate) async fn subscribe(&mut self, call: Call) -> Result<()> {
        self.query(call).await
    }

    /// Waits for a new value of the subscribed query.
    ///
    /// # Errors
    /// When the query fails or the connection breaks.
    pub(crate) async fn update(&mut self) -> Result<()> {
        loop {
            let said = self.next().await?;
            for Modification { kind } in &said.modifications {
                match kind.as_str() {
                    "QueryUpdated" => return Ok(()),
                    "QueryFailed" => bail!("a query failed"),
                    _ => {}
                }
            }
        }
    }

    async fn mutation(&mut self, call: Call) -> Result<()> {
        let (path, args) = call.parts();
        let request = json!({
            "type": "Mutation", "requestId": self.requests, "udfPath": path, "args": [args],
        });
        self.requests += 1;
        self.send(&request).await?;
        loop {
            let said = self.next().await?;
            if said.kind == "MutationResponse" {
                ensure!(said.success == Some(true), "{path} failed");
                return Ok(());
            }
        }
    }

    async fn send(&mut self, message: &Json) -> Result<()> {
        Ok(self.stream.send(Message::text(message.to_string())).await?)
    }

    async fn next(&mut self) -> Result<Said> {
        loop {
            let frame = self.stream.next().await.context("the socket was closed")?;
            if let Message::Text(text) = frame? {
                return serde_json::from_str(&text).context("a message");
            }
        }
    }
}
