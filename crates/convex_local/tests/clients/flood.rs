//! Clients that send as much as they can.

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;

use crate::socket::{Said, Socket, mutation};
use crate::support::Server;

async fn connect(server: &Server) -> Socket {
    Socket::connect(server, &uuid::Uuid::new_v4().to_string()).await
}

#[tokio::test]
async fn sockets_in_parallel_with_much_to_say_hold_up_nobody_else() {
    const SOCKETS: usize = 10;
    const MUTATIONS: u32 = 2;
    let server = Server::start().await;
    let long = "x".repeat(2 << 20);
    let flood = join_all((0..SOCKETS).map(async |_| {
        let mut socket = connect(&server).await;
        for id in 0..MUTATIONS {
            // Too long for a document, so nothing is kept.
            let args = json!({ "text": long });
            socket.send(mutation(id, "notes:add", &args)).await;
        }
        for id in 0..MUTATIONS {
            let answer = socket.message_of("MutationResponse").await;
            assert_eq!(answer["requestId"], id, "{answer}");
            assert_eq!(answer["success"], false);
        }
    }));
    let visitor = async {
        let mut slowest = Duration::ZERO;
        let (mut socket, _) = Socket::subscribe(&server, "notes:list").await;
        for id in 0..5 {
            let began = Instant::now();
            let args = json!({ "text": "short" });
            socket.send(mutation(id, "notes:add", &args)).await;
            let answer = socket.message_of("MutationResponse").await;
            assert_eq!(answer["success"], true, "{answer}");
            slowest = slowest.max(began.elapsed());
        }
        slowest
    };
    let flood = async {
        let began = Instant::now();
        flood.await;
        began.elapsed()
    };
    let (flood, slowest) = futures::join!(flood, visitor);
    assert!(slowest * 2 < flood, "{slowest:?} of {flood:?}");
}

#[tokio::test]
async fn too_long_a_message_is_refused_in_words() {
    let server = Server::start().await;
    let mut socket = connect(&server).await;
    let args = json!({ "text": "x".repeat(17 << 20) });
    socket.send(mutation(0, "notes:add", &args)).await;
    let last_words = socket.message().await;
    assert_eq!(last_words["type"], "FatalError", "{last_words}");
    let error = last_words["error"].as_str().expect("text");
    assert!(error.contains("too long"), "{error}");
    assert!(matches!(socket.next().await, Said::Closed(_)));
}

/// Bytes of this process that are in memory, where the system says.
fn resident() -> Option<usize> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = pages.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

#[tokio::test]
async fn arguments_of_queries_take_little_more_than_their_text() {
    const SOCKETS: usize = 24;
    let server = Server::start().await;
    // Read, each zero takes thirty bytes.
    let row = format!("[{}]", vec!["0"; 8_000].join(","));
    let numbers = format!("[{}]", vec![row.as_str(); 20].join(","));
    let before = resident();
    let mut sockets = Vec::new();
    for _ in 0..SOCKETS {
        let mut socket = connect(&server).await;
        let add = format!(
            r#"{{"type":"ModifyQuerySet","baseVersion":0,"newVersion":1,"modifications":[{{"type":"Add",
                "queryId":0,"udfPath":"notes:list","args":[{{"numbers":{numbers}}}]}}]}}"#
        );
        socket.send_text(&add).await;
        socket.message_of("Transition").await;
        sockets.push(socket);
    }
    let grown = resident()
        .zip(before)
        .map(|(now, before)| now.saturating_sub(before));
    let text = SOCKETS * numbers.len();
    assert!(
        grown.is_none_or(|grown| grown < 12 * text),
        "{grown:?} for {text}"
    );
}
