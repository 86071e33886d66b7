//! The deployment's side of live queries: each person has one value, whatever they ask.

use std::collections::HashMap;

use axum::extract::ws::{Message, WebSocket};
use axum::extract::{State, WebSocketUpgrade};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::Upstream;

/// What live queries give.
#[derive(Default)]
pub struct Live {
    /// The newest moment.
    pub moment: u64,
    /// By the token's subject.
    pub values: HashMap<String, Value>,
    /// Says nothing any more.
    pub is_silent: bool,
    /// How many sockets are open.
    pub open: usize,
    pub news: watch::Sender<()>,
}

/// A moment as Convex writes it.
pub fn ts(moment: u64) -> String {
    STANDARD.encode(moment.to_le_bytes())
}

impl Upstream {
    /// Writes a person's value and tells who follows it.
    pub fn push(&self, person: &str, value: impl Into<Value>) {
        let mut script = self.script();
        script.live.moment += 1;
        script.live.values.insert(person.to_owned(), value.into());
        script.live.news.send_replace(());
    }
}

pub async fn socket(State(this): State<Upstream>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|socket| async move {
        this.script().live.open += 1;
        // Ends with the socket, whoever closed it.
        let _: Option<()> = serve(&this, socket).await;
        this.script().live.open -= 1;
    })
}

async fn serve(this: &Upstream, mut socket: WebSocket) -> Option<()> {
    let mut news = this.script().live.news.subscribe();
    let mut person = String::new();
    let mut queries: HashMap<u64, Value> = HashMap::new();
    let (mut version, mut asked) = ((0, 0, 0), 0);
    loop {
        let mut must_answer = false;
        tokio::select! {
            message = socket.recv() => {
                let Message::Text(text) = message?.ok()? else { continue };
                let message: Value = serde_json::from_str(&text).expect("JSON");
                match message["type"].as_str()? {
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
