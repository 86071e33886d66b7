//! The scripted deployment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use bytes::Bytes;
use futures::StreamExt as _;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use super::sync;

/// What `convex/token` answers.
#[derive(Clone)]
pub enum TokenScript {
    Token(String),
    NoSession,
    Status(u16),
    Garbage,
    Hangs,
}

/// What `get-session` answers.
#[derive(Clone)]
pub enum SessionScript {
    /// What the token's script says, as Better Auth with the Convex plugin does: token and session come together.
    ByToken,
    /// The same, and it is a new day: the session is extended, and with it its cookie.
    NewDay,
    /// The session of this id, without a token.
    Stands(String),
    Gone,
    Status(u16),
}

/// One request as the deployment saw it.
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
    /// Answers of other routes, by path below the base path: `Set-Cookie`s and body.
    pub answers: HashMap<String, (Vec<&'static str>, Value)>,
    /// Their statuses, where they are no success.
    pub statuses: HashMap<String, u16>,
    /// Answers of the functions API, first to last; the last one stays.
    pub calls: Vec<(u16, Value)>,
    pub seen: Vec<Seen>,
    /// What live queries give.
    pub live: sync::Live,
}

/// A running deployment. Ends with the test's runtime.
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

    /// The requests whose target begins with `path`.
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        self.script()
            .seen
            .iter()
            .filter(|seen| seen.target.starts_with(path))
            .cloned()
            .collect()
    }

    /// How often the session's row was read on the server's own account.
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

async fn jwks(State(this): State<Upstream>, request: Request) -> Response {
    this.record(request).await;
    let keys = this.script().keys.clone();
    axum::Json(json!({ "keys": keys })).into_response()
}

async fn token(State(this): State<Upstream>, request: Request) -> Response {
    this.record(request).await;
    let script = this.script().token.clone();
    match script {
        TokenScript::Token(token) => (
            [("set-cookie", token_cookie(&token))],
            axum::Json(json!({ "token": token })),
        )
            .into_response(),
        TokenScript::NoSession => unauthorized(),
        TokenScript::Status(status) => status_alone(status),
        TokenScript::Garbage => "<html>welcome</html>".into_response(),
        TokenScript::Hangs => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            unauthorized()
        }
    }
}

async fn session(State(this): State<Upstream>, request: Request) -> Response {
    this.record(request).await;
    let (script, token) = {
        let script = this.script();
        (script.session.clone(), script.token.clone())
    };
    match script {
        SessionScript::Stands(id) => {
            axum::Json(json!({ "session": { "id": id }, "user": { "id": "user-alice" } }))
                .into_response()
        }
        SessionScript::Gone => axum::Json(Value::Null).into_response(),
        SessionScript::Status(status) => status_alone(status),
        SessionScript::ByToken => with_session(token, None).await,
        SessionScript::NewDay => with_session(token, Some(EXTENDED)).await,
    }
}

/// The session's cookie, as it is set when the session is extended.
pub const EXTENDED: &str =
    "better-auth.session_token=s.sig; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax";

async fn with_session(token: TokenScript, extended: Option<&str>) -> Response {
    match token {
        TokenScript::Token(token) => {
            let body = json!({ "session": { "id": "session-1" }, "user": { "id": "user-alice" } });
            let mut response = axum::Json(body).into_response();
            let jwt = token_cookie(&token);
            for cookie in extended.into_iter().chain([jwt.as_str()]) {
                let cookie = cookie.parse().expect("cookie");
                response.headers_mut().append("set-cookie", cookie);
            }
            response
        }
        TokenScript::NoSession => axum::Json(Value::Null).into_response(),
        TokenScript::Status(status) => status_alone(status),
        TokenScript::Garbage => "<html>welcome</html>".into_response(),
        TokenScript::Hangs => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            unauthorized()
        }
    }
}

fn token_cookie(token: &str) -> String {
    format!("better-auth.convex_jwt={token}; Max-Age=900; Path=/; HttpOnly; SameSite=Lax")
}

fn status_alone(status: u16) -> Response {
    (StatusCode::from_u16(status).expect("status"), "oops").into_response()
}

/// The one good token is `good`.
async fn one_time(State(this): State<Upstream>, request: Request) -> Response {
    let seen = this.record(request).await;
    if seen.json()["token"] != "good" {
        let body = json!({ "message": "Invalid token" });
        return (StatusCode::BAD_REQUEST, axum::Json(body)).into_response();
    }
    let cookie = "better-auth.session_token=new.sig; Path=/; HttpOnly";
    (
        [("set-cookie", cookie)],
        axum::Json(json!({ "session": { "token": "new" } })),
    )
        .into_response()
}

fn unauthorized() -> Response {
    let body = json!({ "message": "Unauthorized", "code": "UNAUTHORIZED" });
    (StatusCode::UNAUTHORIZED, axum::Json(body)).into_response()
}

async fn redirect(State(this): State<Upstream>, request: Request) -> Response {
    this.record(request).await;
    (
        StatusCode::FOUND,
        [
            ("location", "/dashboard"),
            ("set-cookie", "better-auth.state=; Max-Age=0"),
        ],
    )
        .into_response()
}

async fn cookies(State(this): State<Upstream>, request: Request) -> Response {
    this.record(request).await;
    let mut response = "{}".into_response();
    let headers = response.headers_mut();
    for cookie in [
        "a=1; Path=/; HttpOnly",
        "b=2; Path=/",
        "c=3; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
    ] {
        headers.append("set-cookie", cookie.parse().expect("cookie"));
    }
    for (name, value) in [
        ("connection", "x-hop"),
        ("x-hop", "1"),
        ("keep-alive", "timeout=5"),
        ("cache-control", "public, max-age=60"),
    ] {
        headers.insert(name, value.parse().expect("value"));
    }
    response
}

async fn slow(State(this): State<Upstream>, request: Request) -> Response {
    this.record(request).await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    "late".into_response()
}

/// One piece at once, the second never.
async fn stream() -> Response {
    let first =
        futures::stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"first ")) });
    Body::from_stream(first.chain(futures::stream::pending())).into_response()
}

async fn echo(State(this): State<Upstream>, request: Request) -> Response {
    let seen = this.record(request).await;
    let path = seen.target.split('?').next().unwrap_or_default();
    let scripted = path.strip_prefix("/api/auth").and_then(|path| {
        let script = this.script();
        let status = script.statuses.get(path).copied().unwrap_or(200);
        let answer = script.answers.get(path).cloned();
        answer.map(|answer| (status, answer))
    });
    match scripted {
        Some((status, scripted)) => {
            let mut response = answer(scripted);
            *response.status_mut() = StatusCode::from_u16(status).expect("status");
            response
        }
        None => (StatusCode::OK, [("x-seen-method", seen.method)], seen.body).into_response(),
    }
}

fn answer((set_cookies, body): (Vec<&'static str>, Value)) -> Response {
    let mut response = axum::Json(body).into_response();
    for cookie in set_cookies {
        let cookie = cookie.parse().expect("cookie");
        response.headers_mut().append("set-cookie", cookie);
    }
    response
}

async fn sign_in(State(this): State<Upstream>, request: Request) -> Response {
    let seen = this.record(request).await;
    let (script, scripted) = {
        let script = this.script();
        (
            script.token.clone(),
            script.answers.get("/sign-in/email").cloned(),
        )
    };
    if let Some(scripted) = scripted {
        return answer(scripted);
    }
    let TokenScript::Token(token) = script else {
        let body =
            json!({ "message": "Invalid email or password", "code": "INVALID_EMAIL_OR_PASSWORD" });
        return (StatusCode::UNAUTHORIZED, axum::Json(body)).into_response();
    };
    let user = json!({ "id": "user-alice", "name": "Alice", "email": seen.json()["email"], "image": "https://x/y.png" });
    let mut response =
        axum::Json(json!({ "redirect": false, "token": "secret", "user": user })).into_response();
    let jwt = format!("better-auth.convex_jwt={token}; Max-Age=900; Path=/; HttpOnly");
    for cookie in [
        "better-auth.session_token=secret.sig; Path=/; HttpOnly",
        jwt.as_str(),
    ] {
        response
            .headers_mut()
            .append("set-cookie", cookie.parse().expect("cookie"));
    }
    response
}

async fn social(State(this): State<Upstream>, request: Request) -> Response {
    this.record(request).await;
    let url = "https://github.com/login/oauth/authorize?state=x";
    let cookie = "better-auth.state=x.sig; Max-Age=300; Path=/; HttpOnly";
    (
        [("location", url), ("set-cookie", cookie)],
        axum::Json(json!({ "url": url, "redirect": true })),
    )
        .into_response()
}

async fn sign_out(State(this): State<Upstream>, request: Request) -> Response {
    this.record(request).await;
    let mut response = axum::Json(json!({ "success": true })).into_response();
    for name in ["session_token", "session_data", "convex_jwt"] {
        let cookie = format!("better-auth.{name}=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax");
        response
            .headers_mut()
            .append("set-cookie", cookie.parse().expect("cookie"));
    }
    response
}

/// The functions API: `/api/query`, `/api/mutation`, `/api/action`.
async fn call(State(this): State<Upstream>, request: Request) -> Response {
    this.record(request).await;
    let mut script = this.script();
    let (status, body) = if script.calls.len() > 1 {
        script.calls.remove(0)
    } else {
        script.calls[0].clone()
    };
    (
        StatusCode::from_u16(status).expect("status"),
        axum::Json(body),
    )
        .into_response()
}
