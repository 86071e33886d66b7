//! A deployment for tests. It pushes one value per person to all subscribers, and can fail in many ways.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value as Json, json};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};

/// How the deployment treats sockets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mood {
    #[default]
    Fine,
    /// Accepts sockets and stays silent.
    Silent,
    /// Refuses every token.
    Refuses,
    /// Closes every socket.
    Closes,
    /// Runs mutations, and closes the socket instead of answering.
    LosesAnswers,
}

#[derive(Debug, Default)]
struct World {
    mood: Mood,
    /// The newest timestamp.
    now: u64,
    /// The timestamp at which each person's value was last written.
    values: HashMap<String, u64>,
    /// How many bytes are added to each result.
    padding: usize,
    /// How many sockets have been opened, and how many are open.
    opened: usize,
    open: usize,
    /// How many queries were subscribed.
    asked: usize,
    /// The maximum delay of pushes, in milliseconds.
    lag: u64,
    /// How many mutations were received, and the timestamps of those that ran, by client and number.
    sent: usize,
    ran: HashMap<(String, u64), u64>,
}

/// A running deployment. It ends with the test's runtime.
#[derive(Clone)]
pub(super) struct Deployment {
    pub(super) url: String,
    world: Arc<Mutex<World>>,
    news: Arc<watch::Sender<()>>,
}

/// Encodes a timestamp as Convex does.
pub(super) fn ts(moment: u64) -> String {
    STANDARD.encode(moment.to_le_bytes())
}

impl Deployment {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let this = Self {
            url: format!("http://{}", listener.local_addr().expect("bound")),
            world: Arc::default(),
            news: Arc::new(watch::Sender::new(())),
        };
        this.world().now = 1;
        let deployment = this.clone();
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(deployment.clone().serve(socket));
            }
        });
        this
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a person's value. Returns the timestamp.
    pub(super) fn write(&self, person: &str) -> u64 {
        let mut world = self.world();
        world.now += 1;
        let now = world.now;
        world.values.insert(person.to_owned(), now);
        drop(world);
        self.news.send_replace(());
        now
    }

    /// Returns the newest timestamp, and the timestamp at which the person's value was written.
    pub(super) fn read(&self, person: &str) -> (u64, u64) {
        let world = self.world();
        (world.now, world.values.get(person).copied().unwrap_or(0))
    }

    pub(super) fn is(&self, mood: Mood) {
        self.world().mood = mood;
        self.news.send_replace(());
    }

    /// Simulates a restore: returns to an earlier timestamp. Sockets stay open.
    pub(super) fn goes_back_to(&self, moment: u64) {
        let mut world = self.world();
        world.now = moment;
        world.values.retain(|_, written| *written <= moment);
    }

    pub(super) fn pads_with(&self, padding: usize) {
        self.world().padding = padding;
    }

    pub(super) fn lags(&self, milliseconds: u64) {
        self.world().lag = milliseconds;
    }

    /// Returns how many sockets have been opened so far.
    pub(super) fn opened(&self) -> usize {
        self.world().opened
    }

    pub(super) fn open(&self) -> usize {
        self.world().open
    }

    /// Returns how many mutations have been received so far, and how many of them have run.
    pub(super) fn writes(&self) -> (usize, usize) {
        let world = self.world();
        (world.sent, world.ran.len())
    }

    /// Runs a person's mutation, unless it has run before. Returns the timestamp of its write.
    fn run(&self, client: &str, number: u64, person: &str) -> u64 {
        let key = (client.to_owned(), number);
        let known = {
            let mut world = self.world();
            world.sent += 1;
            world.ran.get(&key).copied()
        };
        known.unwrap_or_else(|| {
            let written = self.write(person);
            self.world().ran.insert(key, written);
            written
        })
    }

    /// Returns how many queries have been subscribed so far.
    pub(super) fn asked(&self) -> usize {
        self.world().asked
    }

    async fn serve(self, socket: TcpStream) {
        let Ok(socket) = accept_async(socket).await else {
            return;
        };
        {
            let mut world = self.world();
            world.opened += 1;
            world.open += 1;
        }
        let served = Served {
            news: self.news.subscribe(),
            deployment: self.clone(),
            socket,
            client: String::new(),
            person: None,
            version: (0, 0, 0),
            query_set: 0,
            queries: HashMap::new(),
            told: HashMap::new(),
        };
        // This ends with the socket, no matter which side closes it.
        let _: Option<()> = served.run().await;
        self.world().open -= 1;
    }
}

struct Served {
    deployment: Deployment,
    news: watch::Receiver<()>,
    socket: WebSocketStream<TcpStream>,
    client: String,
    person: Option<String>,
    /// Query set, identity and timestamp.
    version: (u64, u64, u64),
    query_set: u64,
    queries: HashMap<u64, String>,
    told: HashMap<u64, u64>,
}

impl Served {
    async fn run(mut self) -> Option<()> {
        loop {
            let mood = self.deployment.world().mood;
            if mood == Mood::Closes {
                return self.socket.close(None).await.ok();
            }
            let message = tokio::select! {
                message = self.socket.next() => message?.ok()?,
                changed = self.news.changed() => {
                    changed.ok()?;
                    let lag = self.deployment.world().lag;
                    tokio::time::sleep(Duration::from_millis(lag)).await;
                    if matches!(self.deployment.world().mood, Mood::Fine | Mood::LosesAnswers) {
                        self.transition(false).await?;
                    }
                    continue;
                }
            };
            let Message::Text(text) = message else {
                continue;
            };
            let message: Json = serde_json::from_str(&text).expect("JSON");
            match (message["type"].as_str()?, mood) {
                ("Connect", _) => message["sessionId"].as_str()?.clone_into(&mut self.client),
                (_, Mood::Silent | Mood::Closes) => {}
                ("Authenticate", Mood::Refuses) => {
                    let refusal = json!({ "type": "AuthError", "error": "no", "baseVersion": 0 });
                    self.send(&refusal).await?;
                }
                ("Authenticate", Mood::Fine | Mood::LosesAnswers) => {
                    // A token consists of its person and a number.
                    let token = message["value"].as_str()?;
                    self.person = Some(token.split('#').next()?.to_owned());
                }
                ("ModifyQuerySet", _) => {
                    for change in message["modifications"].as_array()? {
                        let id = change["queryId"].as_u64()?;
                        match change["udfPath"].as_str() {
                            Some(path) => {
                                self.queries.insert(id, path.to_owned());
                                self.deployment.world().asked += 1;
                            }
                            None => drop(self.queries.remove(&id)),
                        }
                    }
                    self.query_set = message["newVersion"].as_u64()?;
                    self.transition(true).await?;
                }
                ("Mutation", _) => {
                    let number = message["requestId"].as_u64()?;
                    let Some(person) = self.person.clone() else {
                        // The token arrived while the deployment was silent.
                        return self.socket.close(None).await.ok();
                    };
                    let response = if message["udfPath"] == "a:fails" {
                        json!({
                            "type": "MutationResponse", "requestId": number, "success": false,
                            "result": "it failed", "logLines": []
                        })
                    } else {
                        let written = self.deployment.run(&self.client, number, &person);
                        json!({
                            "type": "MutationResponse", "requestId": number, "success": true,
                            "result": written.to_string(), "ts": ts(written), "logLines": []
                        })
                    };
                    if mood == Mood::LosesAnswers {
                        return self.socket.close(None).await.ok();
                    }
                    self.send(&response).await?;
                }
                (other, _) => panic!("{other} is not expected"),
            }
        }
    }

    /// Sends the changes since the last transition. With `must`, sends a transition even if nothing has changed.
    async fn transition(&mut self, must: bool) -> Option<()> {
        let Some(person) = self.person.clone() else {
            return Some(());
        };
        let (now, written) = self.deployment.read(&person);
        let padding = " ".repeat(self.deployment.world().padding);
        let mut changes = Vec::new();
        for (id, path) in &self.queries {
            if self.told.insert(*id, written) != Some(written) {
                let value = json!({ "who": person, "written": written.to_string(), "path": path, "padding": padding });
                changes.push(json!({
                    "type": "QueryUpdated", "queryId": id, "value": value, "logLines": [], "journal": null
                }));
            }
        }
        if changes.is_empty() && !must {
            return Some(());
        }
        let version = |(query_set, identity, now): (u64, u64, u64)| json!({ "querySet": query_set, "identity": identity, "ts": ts(now) });
        let end = (self.query_set, 1, now);
        let transition = json!({
            "type": "Transition", "startVersion": version(self.version), "endVersion": version(end),
            "modifications": changes
        });
        self.version = end;
        self.send(&transition).await
    }

    async fn send(&mut self, message: &Json) -> Option<()> {
        let text = message.to_string();
        self.socket.send(Message::Text(text.into())).await.ok()
    }
}
