//! The routes of the scripted deployment.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::StreamExt as _;
use http::StatusCode;
use serde_json::{Value, json};

use super::{SessionScript, TokenScript, Upstream};

pub(super) async fn jwks(State(this): State<Upstream>, request: Request) -> Response {
    this.record(request).await;
    let keys = this.script().keys.clone();
    axum::Json(json!({ "keys": keys })).into_response()
}

pub(super) async fn token(State(this): State<Upstream>, request: Request) -> Response {
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

pub(super) async fn session(State(this): State<Upstream>, request: Request) -> Response {
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

/// The session cookie that is set when the session is extended.
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

/// Accepts the one-time token `good` and no other.
pub(super) async fn one_time(State(this): State<Upstream>, request: Request) -> Response {
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

pub(super) async fn redirect(State(this): State<Upstream>, request: Request) -> Response {
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

pub(super) async fn cookies(State(this): State<Upstream>, request: Request) -> Response {
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
        ("strict-transport-security", "max-age=9; includeSubDomains"),
        ("alt-svc", "h3=\":443\""),
    ] {
        headers.insert(name, value.parse().expect("value"));
    }
    response
}

pub(super) async fn slow(State(this): State<Upstream>, request: Request) -> Response {
    this.record(request).await;
    tokio::time::sleep(Duration::from_secs(3600)).await;
    "late".into_response()
}

/// Sends one chunk at once, and never the next.
pub(super) async fn stream() -> Response {
    let first =
        futures::stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"first ")) });
    Body::from_stream(first.chain(futures::stream::pending())).into_response()
}

pub(super) async fn echo(State(this): State<Upstream>, request: Request) -> Response {
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

pub(super) async fn sign_in(State(this): State<Upstream>, request: Request) -> Response {
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

pub(super) async fn social(State(this): State<Upstream>, request: Request) -> Response {
    this.record(request).await;
    let url = "https://github.com/login/oauth/authorize?state=x";
    let cookie = "better-auth.state=x.sig; Max-Age=300; Path=/; HttpOnly";
    (
        [("location", url), ("set-cookie", cookie)],
        axum::Json(json!({ "url": url, "redirect": true })),
    )
        .into_response()
}

pub(super) async fn sign_out(State(this): State<Upstream>, request: Request) -> Response {
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

/// Answers the functions API: `/api/query`, `/api/mutation` and `/api/action`.
pub(super) async fn call(State(this): State<Upstream>, request: Request) -> Response {
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
