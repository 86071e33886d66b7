//! The scripted deployment.

mod routes;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::Request;
use axum::routing::{any, get, post};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;

use super::sync;
pub use routes::EXTENDED;
use routes::{
    call, cookies, echo, jwks, one_time, redirect, session, sign_in, sign_out, slow, social,
    stream, token,
};

/// The answer of `convex/token`.
#[derive(Clone)]
pub enum TokenScript {
    Token(String),
    NoSession,
    Status(u16),
    Garbage,
    Hangs,
}

/// The answer of `get-session`.
#[derive(Clone)]
pub enum SessionScript {
    /// The session together with the token of the token's script, as Better Auth with the Convex plugin answers.
    ByToken,
    /// The same on a new day: the session and its cookie are extended.
    NewDay,
    /// The session of this id, without a token.
    Stands(String),
    Gone,
    Status(u16),
}

/// A request that the deployment has received.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub target: String,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .get(name)
            .map(|value| value.to_str().expect("text"))
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("json")
    }
}

pub struct Script {
    pub keys: Vec<Value>,
    pub token: TokenScript,
    pub session: SessionScript,
    /// The cookies and bodies with which other routes answer, by path below the base path.
    pub answers: HashMap<String, (Vec<&'static str>, Value)>,
    /// The statuses of these answers, if not 200.
    pub statuses: HashMap<String, u16>,
    /// The answers of the functions API, in order. The last one is repeated.
    pub calls: Vec<(u16, Value)>,
    pub seen: Vec<Seen>,
    /// The state of live queries.
    pub live: sync::Live,
}

/// A running deployment. It ends with the test's runtime.
#[derive(Clone)]
pub struct Upstream {
    address: std::net::SocketAddr,
    script: Arc<Mutex<Script>>,
}

impl Upstream {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("port");
        let address = listener.local_addr().expect("address");
        let script = Script {
            keys: Vec::new(),
            token: TokenScript::NoSession,
            session: SessionScript::ByToken,
            answers: HashMap::new(),
            statuses: HashMap::new(),
            calls: Vec::new(),
            seen: Vec::new(),
            live: sync::Live::default(),
        };
        let this = Self {
            address,
            script: Arc::new(Mutex::new(script)),
        };
        let app = this.router();
        tokio::spawn(async move { axum::serve(listener, app).await });
        this
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().expect("script")
    }

    /// Returns the requests whose target begins with `path`.
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        self.script()
            .seen
            .iter()
            .filter(|seen| seen.target.starts_with(path))
            .cloned()
            .collect()
    }

    /// Returns how often the session was requested.
    pub fn asked_who(&self) -> usize {
        self.seen("/api/auth/get-session").len()
    }

    fn router(&self) -> Router {
        Router::new()
            .route("/api/auth/convex/jwks", get(jwks))
            .route("/api/auth/convex/token", get(token))
            .route(
                "/api/auth/cross-domain/one-time-token/verify",
                post(one_time),
            )
            .route("/api/auth/get-session", get(session))
            .route("/api/auth/redirect", any(redirect))
            .route("/api/auth/cookies", any(cookies))
            .route("/api/auth/slow", any(slow))
            .route("/api/auth/stream", get(stream))
            .route("/api/auth/sign-in/email", post(sign_in))
            .route("/api/auth/sign-in/social", post(social))
            .route("/api/auth/sign-out", post(sign_out))
            .route("/api/auth/{*path}", any(echo))
            .route("/api/sync", get(sync::socket))
            .route("/api/{kind}", post(call))
            .fallback(|| async { (StatusCode::NOT_FOUND, "No matching routes found") })
            .with_state(self.clone())
    }

    async fn record(&self, request: Request) -> Seen {
        let (parts, body) = request.into_parts();
        let body = body
            .collect()
            .await
            .map(|body| body.to_bytes().to_vec())
            .unwrap_or_default();
        let target = parts
            .uri
            .path_and_query()
            .map(ToString::to_string)
            .unwrap_or_default();
        let seen = Seen {
            method: parts.method.to_string(),
            target,
            headers: parts.headers,
            body,
        };
        self.script().seen.push(seen.clone());
        seen
    }
}
