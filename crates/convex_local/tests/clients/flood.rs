//! Clients that send as much as they can.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::socket::{Said, Socket, mutation};
use crate::support::Server;

async fn connect(server: &Server) -> Socket {
    Socket::connect(server, &uuid::Uuid::new_v4().to_string()).await
}

/// Adds a short note, which must work while other clients flood the server.
async fn writes_a_note(socket: &mut Socket) {
    let note = json!({ "text": "short" });
    socket.send(mutation(0, "notes:add", &note)).await;
    let answer = socket.message_of("MutationResponse").await;
    assert_eq!(answer["success"], true, "{answer}");
}

#[tokio::test]
async fn parallel_sockets_with_long_messages_do_not_hold_up_others() {
    const SOCKETS: usize = 10;
    const MUTATIONS: u32 = 2;
    let server = Server::start().await;
    let long = "x".repeat(2 << 20);
    let flood = join_all((0..SOCKETS).map(async |_| {
        let mut socket = connect(&server).await;
        for id in 0..MUTATIONS {
            // Too long for a document, so nothing is stored.
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
async fn a_message_that_is_too_long_is_refused_with_a_reason() {
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

#[tokio::test]
async fn unfinished_messages_of_an_address_take_limited_memory_and_others_are_served() {
    if !is_alone("unfinished_messages_of_an_address_take_limited_memory_and_others_are_served") {
        return;
    }
    const SOCKETS: usize = 12;
    const LENGTH: usize = 15 << 20;
    let server = Server::start().await;
    let address = server.serve_for([203, 0, 113, 9]).await;
    let before = resident();
    let mut flood = Vec::new();
    for _ in 0..SOCKETS {
        let mut stream = unfinished(address, LENGTH).await;
        // The server closes the sockets that it refuses. On the others it waits for the rest of the message.
        let said = tokio::time::timeout(Duration::from_millis(100), said(&mut stream)).await;
        flood.push((stream, said.ok()));
    }
    let refused = flood.iter().filter_map(|(_, said)| said.as_ref());
    let refused: Vec<_> = refused.collect();
    assert!(refused.len() >= SOCKETS - 4, "{}", refused.len());
    for (code, why) in refused {
        assert_eq!((*code, why.as_str()), (1013, "TooManyBytesReceived"));
    }
    let grown = growth(before, most_resident());
    assert!(grown.is_none_or(|grown| grown < 8 * LENGTH), "{grown:?}");
    // The same address may still send short messages, and other addresses long ones, too.
    let short = mutation(0, "notes:add", &json!({ "text": "short" }));
    let long = mutation(1, "notes:add", &json!({ "text": "x".repeat(LENGTH) }));
    let mut modest = Socket::open_at(&format!("ws://{address}/api/1.48.0/sync")).await;
    let mut other = Socket::open(&server).await;
    modest.send(short.clone()).await;
    other.send(short).await;
    other.send(long).await;
    for socket in [&mut modest, &mut other] {
        let answer = socket.message_of("MutationResponse").await;
        assert_eq!(answer["success"], true, "{answer}");
    }
    let answer = other.message_of("MutationResponse").await;
    assert_eq!(
        answer["success"], false,
        "too long for a document: {answer}"
    );
    drop(flood);
    let again = async {
        loop {
            let mut stream = unfinished(address, LENGTH).await;
            let said = tokio::time::timeout(Duration::from_millis(100), said(&mut stream)).await;
            if said.is_err() {
                break;
            }
        }
    };
    let freed = tokio::time::timeout(Duration::from_secs(5), again).await;
    assert!(freed.is_ok(), "the bytes of closed sockets still count");
}

/// Opens a socket and sends the first `length` bytes of a longer message.
async fn unfinished(address: SocketAddr, length: usize) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("connects");
    let head = "GET /api/1.48.0/sync HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\n\
        upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sends");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.expect("an answer"));
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "), "no socket");
    // The head of a text frame, masked with zeros, that announces ten bytes more than are sent.
    let whole = u64::try_from(length).expect("a length") + 10;
    let frame = [&[0x81, 0xff][..], &whole.to_be_bytes(), &[0; 4]].concat();
    stream.write_all(&frame).await.expect("sends");
    // This fails if the server refuses the message and stops reading it.
    let _ = stream.write_all(&vec![b'x'; length]).await;
    stream
}

/// Waits until the server closes the socket. Returns the code and the reason.
async fn said(stream: &mut TcpStream) -> (u16, String) {
    loop {
        let opcode = stream.read_u8().await.expect("a frame");
        let length = stream.read_u8().await.expect("a length");
        let mut content = vec![0; usize::from(length)];
        stream.read_exact(&mut content).await.expect("a frame");
        if opcode == 0x88 {
            let words = String::from_utf8_lossy(&content[2..]).into_owned();
            return (u16::from_be_bytes([content[0], content[1]]), words);
        }
    }
}

/// Runs a test in a process of its own, so that the memory of no other test is counted. Returns whether this is that
/// process.
fn is_alone(test: &str) -> bool {
    const ALONE: &str = "CONVEX_LOCAL_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let program = std::env::current_exe().expect("this program");
    let output = std::process::Command::new(program)
        .args(["--exact", &format!("flood::{test}"), "--nocapture"])
        .env(ALONE, "1")
        .output()
        .expect("starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    assert!(said.contains("1 passed"), "{said}");
    false
}

/// Returns how many bytes of this process are in memory, if the system reports it.
fn resident() -> Option<usize> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = pages.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

/// Returns the most bytes that this process has had in memory, if the system reports it.
fn most_resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: usize = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes << 10)
}

fn growth(before: Option<usize>, now: Option<usize>) -> Option<usize> {
    Some(now?.saturating_sub(before?))
}

#[tokio::test]
async fn many_tiny_values_are_refused_before_they_take_much_memory() {
    if !is_alone("many_tiny_values_are_refused_before_they_take_much_memory") {
        return;
    }
    const LENGTH: usize = 3 << 20;
    let server = Server::start().await;
    let (mut visitor, _) = Socket::subscribe(&server, "notes:list").await;
    // Each parsed object takes a hundred times the size of its text.
    let row = format!("[{}]", vec![r#"{"":0}"#; 8_000].join(","));
    let rows = vec![row.as_str(); LENGTH / row.len()].join(",");
    let before = resident();
    let mut socket = connect(&server).await;
    let event = format!(r#"{{"type":"Event","eventType":"x","event":[{rows}]}}"#);
    socket.send_text(&event).await;
    for (id, kind, path) in [
        (0, "Mutation", "notes:add"),
        (1, "Action", "notes:addSlowly"),
    ] {
        let call = format!(
            r#"{{"type":"{kind}","requestId":{id},"udfPath":"{path}","args":[{{"text":[{rows}]}}]}}"#
        );
        socket.send_text(&call).await;
        let answer = socket.message_of(&format!("{kind}Response")).await;
        assert_eq!(answer["success"], false, "{answer}");
        let why = answer["result"].as_str().expect("words");
        assert!(why.contains("too many values"), "{why}");
    }
    let grown = growth(before, most_resident());
    assert!(grown.is_none_or(|grown| grown < 32 * LENGTH), "{grown:?}");
    writes_a_note(&mut visitor).await;
}

#[tokio::test]
async fn results_for_one_client_are_limited_and_others_are_served() {
    if !is_alone("results_for_one_client_are_limited_and_others_are_served") {
        return;
    }
    const LENGTH: usize = 4 << 20;
    let server = Server::start().await;
    let subscribe = async |socket: &mut Socket, count: usize| {
        let add = |id| json!({ "type": "Add", "queryId": id, "udfPath": "notes:long", "args": [{ "length": LENGTH / 2 }] });
        let modifications: Vec<_> = (0..count).map(add).collect();
        let message = json!({
            "type": "ModifyQuerySet", "baseVersion": 0, "newVersion": 1, "modifications": modifications,
        });
        socket.send(message).await;
    };
    let mut modest = connect(&server).await;
    subscribe(&mut modest, 1).await;
    modest.message_of("Transition").await;
    let before = resident();
    let mut greedy = connect(&server).await;
    subscribe(&mut greedy, 500).await;
    let last_words = greedy.message().await;
    assert_eq!(last_words["type"], "FatalError", "{last_words}");
    let error = last_words["error"].as_str().expect("text");
    assert!(error.contains("results of all queries"), "{error}");
    assert!(matches!(greedy.next().await, Said::Closed(_)));
    let grown = growth(before, most_resident());
    assert!(grown.is_none_or(|grown| grown < 16 * LENGTH), "{grown:?}");
    writes_a_note(&mut modest).await;
}

#[tokio::test]
async fn arguments_of_queries_take_little_more_than_their_text() {
    if !is_alone("arguments_of_queries_take_little_more_than_their_text") {
        return;
    }
    const SOCKETS: usize = 24;
    let server = Server::start().await;
    // Each parsed zero takes thirty bytes.
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
    let grown = growth(before, resident());
    let text = SOCKETS * numbers.len();
    assert!(
        grown.is_none_or(|grown| grown < 12 * text),
        "{grown:?} for {text}"
    );
}
