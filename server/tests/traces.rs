//! Traces, as a collector gets them.
#![cfg(feature = "otlp")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

/// A request: the lines of its head, and its body.
struct Received {
    head: Vec<String>,
    body: Vec<u8>,
}

impl Received {
    fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.iter().filter_map(|line| line.split_once(": "));
        let mut named = pairs.filter(|(sent, _)| sent.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value)
    }

    fn says(&self, text: &str) -> bool {
        self.body
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    }
}

/// Answers every request with an empty 200, and passes the request on.
fn listen() -> (String, Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let (send, received) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
            let lines = reader.by_ref().lines().map(|line| line.expect("text"));
            let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let mut request = Received {
                head,
                body: Vec::new(),
            };
            let length = request.header("content-length");
            let length = length.map_or(0, |length| length.parse().expect("a number"));
            request.body.resize(length, 0);
            reader.read_exact(&mut request.body).expect("a body");
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.write_all(answer).expect("sent");
            if send.send(request).is_err() {
                break;
            }
        }
    });
    (url, received)
}

#[test]
fn a_trace_leads_from_the_page_to_the_deployment_s_request() {
    let ((collector, traces), (deployment, asked)) = (listen(), listen());
    let mut server = Command::new(env!("CARGO_BIN_EXE_server"))
        .env_clear()
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector)
        // Traces do not depend on the level of the log.
        .env("RUST_LOG", "off")
        .args(["--addr=127.0.0.1:0", "--site-root=/nonexistent"])
        .args([
            "--convex-url=http://127.0.0.1:9".to_owned(),
            format!("--convex-site-url={deployment}"),
        ])
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(server.stdout.take().expect("a pipe")).lines();
    let address = lines.find_map(|line| {
        let line = line.expect("text");
        Some(line.split_once("Ready: http://")?.1.to_owned())
    });
    let address = address.expect("it listens");

    let request = "GET /protected HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
                   cookie: better-auth.session_token=a.b\r\n\r\n";
    let mut page = std::net::TcpStream::connect(&address).expect("accepted");
    page.write_all(request.as_bytes()).expect("sent");
    page.read_to_end(&mut Vec::new()).expect("answered");
    let patience = Duration::from_secs(30);
    let asked = asked.recv_timeout(patience).expect("Better Auth is asked");
    let id = asked.header("convex-request-id").expect("an id");
    assert_eq!(id.len(), 16, "{id}");

    // The server sends the remaining traces when it stops.
    let stop = Command::new("kill").arg(server.id().to_string()).status();
    assert!(stop.expect("kill").success());
    let traces = traces.recv_timeout(patience).expect("traces are sent");
    assert!(
        traces.head[0].starts_with("POST /v1/traces"),
        "{:?}",
        traces.head
    );
    for text in ["/protected", "convex", "better-auth", id, "service.name"] {
        assert!(traces.says(text), "{text}");
    }
    assert!(!traces.says("session_token"), "no cookies");
    server.wait().expect("it ends");
}
