//! The deployment's side of live queries. Each person has one value, which is the result of all their queries.

use std::collections::HashMap;

use axum::extract::ws::{Message, WebSocket};
use axum::extract::{State, WebSocketUpgrade};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::Upstream;

/// The state of live queries.
#[derive(Default)]
pub struct Live {
    /// The newest timestamp.
    pub moment: u64,
    /// The values by the token's subject.
    pub values: HashMap<String, Value>,
    /// Whether the deployment has stopped sending transitions.
    pub is_silent: bool,
    /// Whether the deployment closes the socket instead of answering a mutation that it has run.
    pub loses_answers: bool,
    /// How many mutations were received, and the timestamps of those that ran, by client and number.
    pub sent: usize,
    pub ran: HashMap<(String, u64), u64>,
    /// How many sockets are open.
    pub open: usize,
    pub news: watch::Sender<()>,
}

/// Encodes a timestamp as Convex does.
pub fn ts(moment: u64) -> String {
    STANDARD.encode(moment.to_le_bytes())
}

impl Upstream {
    /// Writes a person's value and pushes it to its subscribers.
    pub fn push(&self, person: &str, value: impl Into<Value>) {
        let mut script = self.script();
        script.live.moment += 1;
        script.live.values.insert(person.to_owned(), value.into());
        script.live.news.send_replace(());
    }
}

/// Runs a mutation, which writes `"written"`, unless it has run before. Returns the timestamp of its write.
fn run(this: &Upstream, client: &str, number: u64, person: &str) -> u64 {
    let key = (client.to_owned(), number);
    this.script().live.sent += 1;
    let known = this.script().live.ran.get(&key).copied();
    known.unwrap_or_else(|| {
        this.push(person, "written");
        let live = &mut this.script().live;
        live.ran.insert(key, live.moment);
        live.moment
    })
}

pub async fn socket(State(this): State<Upstream>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|socket| async move {
        this.script().live.open += 1;
        // This ends with the socket, no matter which side closes it.
        let _: Option<()> = serve(&this, socket).await;
        this.script().live.open -= 1;
    })
}

async fn serve(this: &Upstream, mut socket: WebSocket) -> Option<()> {
    let mut news = this.script().live.news.subscribe();
    let (mut client, mut person) = (String::new(), String::new());
    let mut queries: HashMap<u64, Value> = HashMap::new();
    let (mut version, mut asked) = ((0, 0, 0), 0);
    loop {
        let mut must_answer = false;
        tokio::select! {
            message = socket.recv() => {
                let Message::Text(text) = message?.ok()? else { continue };
                let message: Value = serde_json::from_str(&text).expect("JSON");
                match message["type"].as_str()? {
                    "Connect" => message["sessionId"].as_str()?.clone_into(&mut client),
                    "Mutation" => {
                        let number = message["requestId"].as_u64()?;
                        let moment = run(this, &client, number, &person);
                        if this.script().live.loses_answers {
                            return None;
                        }
                        let response = json!({
                            "type": "MutationResponse", "requestId": number, "success": true, "result": "done",
                            "ts": ts(moment), "logLines": []
                        });
                        socket.send(Message::Text(response.to_string().into())).await.ok()?;
                    }
                    "Authenticate" => {
                        let claims = message["value"].as_str()?.split('.').nth(1)?;
                        let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
                        let claims: Value = serde_json::from_slice(&claims).expect("claims");
                        claims["sub"].as_str()?.clone_into(&mut person);
                    }
                    "ModifyQuerySet" => {
                        for change in message["modifications"].as_array()? {
                            queries.insert(change["queryId"].as_u64()?, Value::from("never told"));
                        }
                        asked = message["newVersion"].as_u64()?;
                        must_answer = true;
                    }
                    _ => {}
                }
            }
            changed = news.changed() => changed.ok()?,
        }
        let (value, moment, is_silent) = {
            let live = &this.script().live;
            let value = live.values.get(&person).cloned().unwrap_or_default();
            (value, live.moment, live.is_silent)
        };
        let mut changes = Vec::new();
        for (id, told) in &mut queries {
            if *told != value {
                told.clone_from(&value);
                changes.push(json!({
                    "type": "QueryUpdated", "queryId": id, "value": value, "logLines": [], "journal": null
                }));
            }
        }
        if is_silent || (changes.is_empty() && !must_answer) {
            continue;
        }
        let shown = |(query_set, identity, moment)| json!({ "querySet": query_set, "identity": identity, "ts": ts(moment) });
        let end = (asked, 1, moment);
        let transition = json!({
            "type": "Transition", "startVersion": shown(version), "endVersion": shown(end), "modifications": changes
        });
        version = end;
        socket
            .send(Message::Text(transition.to_string().into()))
            .await
            .ok()?;
    }
}
