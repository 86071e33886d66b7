//! This repository's own app: Better Auth inside the functions, its tokens on the socket.

use serde_json::{Value as Json, json};

use crate::socket::{Socket, add_queries, authenticate, mutation};
use crate::support::Server;

const ORIGIN: &str = "http://localhost:3000";

struct Person<'a> {
    server: &'a Server,
    cookies: String,
}

impl<'a> Person<'a> {
    async fn sign_up(server: &'a Server, email: &str) -> Self {
        let body = json!({ "name": "Alice", "email": email, "password": "correct horse" });
        let url = format!("{}/api/auth/sign-up/email", server.backend.site_url());
        let request = server.http.post(url).header("origin", ORIGIN).json(&body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let cookies = answer.headers().get_all("set-cookie").iter().map(|cookie| {
            let cookie = cookie.to_str().unwrap();
            cookie.split(';').next().unwrap().to_owned()
        });
        let cookies = cookies.collect::<Vec<_>>().join("; ");
        Self { server, cookies }
    }

    async fn token(&self) -> String {
        let url = format!("{}/api/auth/convex/token", self.server.backend.site_url());
        let request = self.server.http.get(url).header("cookie", &self.cookies);
        let answer: Json = request.send().await.unwrap().json().await.unwrap();
        answer["token"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn sign_up_then_live_todos_over_the_socket() {
    let server = Server::start_this_repositorys_app().await;
    let alice = Person::sign_up(&server, "alice@example.com").await;
    let bob = Person::sign_up(&server, "bob@example.com").await;

    let mut socket = Socket::connect(&server, &uuid::Uuid::new_v4().to_string()).await;
    socket
        .send(authenticate(0, Some(&alice.token().await)))
        .await;
    socket
        .send(add_queries(0, &["todos:list", "auth:getCurrentUser"]))
        .await;
    let transition = loop {
        let transition = socket.message_of("Transition").await;
        if transition["endVersion"]["querySet"] == 1 {
            break transition;
        }
    };
    let modifications = &transition["modifications"];
    assert_eq!(modifications[0]["value"], json!([]));
    assert_eq!(modifications[1]["value"]["email"], "alice@example.com");

    socket
        .send(mutation(0, "todos:create", &json!({ "text": "tea" })))
        .await;
    assert_eq!(socket.next_value().await[0]["text"], "tea");

    // A refreshed token of the same user changes no result.
    socket
        .send(authenticate(1, Some(&alice.token().await)))
        .await;
    let transition = loop {
        let transition = socket.message_of("Transition").await;
        if transition["endVersion"]["identity"] == 2 {
            break transition;
        }
    };
    assert_eq!(transition["modifications"], json!([]));

    let bobs = bob.token().await;
    let (_, body) = server
        .call_as(Some(&bobs), "query", "todos:list", json!({}))
        .await;
    assert_eq!(body["value"], json!([]));
}

#[tokio::test]
async fn users_and_sessions_survive_a_restart() {
    let server = Server::start_this_repositorys_app().await;
    let alice = Person::sign_up(&server, "alice@example.com").await;
    let cookies = alice.cookies.clone();
    let server = server.restart().await;
    let alice = Person {
        server: &server,
        cookies,
    };
    let token = alice.token().await;
    let (_, body) = server
        .call_as(Some(&token), "query", "auth:getCurrentUser", json!({}))
        .await;
    assert_eq!(body["value"]["email"], "alice@example.com");
}
