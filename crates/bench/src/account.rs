//! A user, signed up through the auth proxy as a browser would.

use anyhow::{Result, bail};
use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::Full;

use crate::http1::Connection;
use crate::server::Server;

/// The signed-in person.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) email: String,
    /// The `Cookie` header of their browser.
    pub(crate) cookie: String,
}

/// Signs the user up.
///
/// # Errors
/// When the proxy does not answer with a session.
pub(crate) async fn sign_up(server: &Server) -> Result<Person> {
    let email = "bench@example.com".to_owned();
    let body =
        serde_json::json!({ "name": "Bench", "email": email, "password": "correct horse battery" });
    let request = Request::post("/api/auth/sign-up/email")
        .header(header::HOST, server.host())
        .header(header::ORIGIN, format!("http://{}", server.host()))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body.to_string())))?;
    let answer = Connection::open(server.addr()).await?.send(request).await?;
    if !answer.status().is_success() {
        let said = String::from_utf8_lossy(answer.body());
        bail!("signing up failed with {}: {said}", answer.status());
    }
    let cookie = cookies_of(&answer);
    if !cookie.contains("session_token=") {
        bail!("signing up set no session cookie");
    }
    Ok(Person { email, cookie })
}

/// Returns the cookies of an answer, as the browser sends them back.
pub(crate) fn cookies_of(answer: &Response<Bytes>) -> String {
    let set = answer.headers().get_all(header::SET_COOKIE).iter();
    let pairs = set.filter_map(|value| value.to_str().ok()?.split(';').next());
    pairs.collect::<Vec<_>>().join("; ")
}
