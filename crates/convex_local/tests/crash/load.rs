//! Writers that take one step after the other until the backend is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value as Json, json};
use tokio::task::JoinSet;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::process::client;

/// A client that writes. It knows only what the backend has told it.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) name: String,
    /// The last step that was acknowledged.
    pub(crate) acknowledged: AtomicU64,
    /// The last step that was sent.
    pub(crate) sent: AtomicU64,
    /// The session of a writer over a socket. It sends again what was not acknowledged, as clients do.
    session: Option<Uuid>,
}

/// Returns six writers over HTTP and two over sockets.
pub(crate) fn writers() -> Vec<Arc<Writer>> {
    let writer = |number| Writer {
        name: format!("writer {number}"),
        acknowledged: AtomicU64::new(0),
        sent: AtomicU64::new(0),
        session: (number >= 6).then(Uuid::new_v4),
    };
    (0..8).map(writer).map(Arc::new).collect()
}

/// Lets all writers write to the backend at `url` until it is gone.
pub(crate) fn write(url: &str, writers: &[Arc<Writer>]) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    for writer in writers {
        let (writer, url) = (Arc::clone(writer), url.to_owned());
        tasks.spawn(async move {
            match writer.session {
                None => writer.write_over_http(&url).await,
                Some(session) => writer.write_over_socket(&url, session).await,
            }
        });
    }
    tasks
}

impl Writer {
    pub(crate) fn resends(&self) -> bool {
        self.session.is_some()
    }

    fn next_step(&self) -> u64 {
        let step = self.acknowledged.load(Ordering::SeqCst) + 1;
        self.sent.store(step, Ordering::SeqCst);
        step
    }

    fn acknowledge(&self, step: u64, answer: &Json) {
        assert_eq!(*answer, json!(step), "step {step} of {}", self.name);
        self.acknowledged.store(step, Ordering::SeqCst);
    }

    async fn write_over_http(&self, url: &str) {
        let (http, url) = (client(), format!("{url}/api/mutation"));
        loop {
            let step = self.next_step();
            let args = json!({ "writer": self.name, "step": step });
            let body = json!({ "path": "load:step", "args": args, "format": "json" });
            // No answer, or half of one: the backend is gone.
            let Ok(response) = http.post(&url).json(&body).send().await else {
                return;
            };
            let Ok(answer) = response.json::<Json>().await else {
                return;
            };
            assert_eq!(answer["status"], "success", "{answer}");
            self.acknowledge(step, &number(&answer["value"]));
        }
    }

    async fn write_over_socket(&self, url: &str, session: Uuid) {
        let address = format!("{url}/api/1.48.0/sync").replacen("http", "ws", 1);
        let Ok((mut socket, _)) = connect_async(address).await else {
            return;
        };
        let hello = json!({
            "type": "Connect", "sessionId": session, "connectionCount": 0,
            "lastCloseReason": "InitialConnect", "clientTs": 0,
        });
        let mut ready = socket.send(Message::text(hello.to_string())).await;
        while ready.is_ok() {
            let step = self.next_step();
            let args = json!({ "writer": self.name, "step": step });
            let mutation = json!({
                "type": "Mutation", "requestId": step, "udfPath": "load:step", "args": [args],
            });
            ready = socket.send(Message::text(mutation.to_string())).await;
            loop {
                let Some(Ok(frame)) = socket.next().await else {
                    return;
                };
                let said: Json = match frame {
                    Message::Text(text) => serde_json::from_str(&text).expect("JSON"),
                    _ => continue,
                };
                if said["type"] == "MutationResponse" && said["requestId"] == step {
                    assert_eq!(said["success"], true, "{said}");
                    self.acknowledge(step, &number(&said["result"]));
                    break;
                }
            }
        }
    }
}

/// Returns a whole number without a fraction: in JavaScript `1.0` and `1` are the same.
pub(crate) fn number(value: &Json) -> Json {
    let whole = value.as_f64().map(|number| format!("{number:.0}"));
    whole
        .and_then(|text| text.parse::<u64>().ok())
        .map_or_else(|| value.clone(), Json::from)
}
