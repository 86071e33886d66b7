//! Connections and shutdown: running requests may finish, and those that never finish do not keep the process alive.

use std::{
    net::{SocketAddr, TcpListener as StdListener},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Parser;
use server::Config;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

fn config(seconds: u64) -> Config {
    config_with(&[&format!("--shutdown-seconds={seconds}")])
}

fn config_with(args: &[&str]) -> Config {
    let site = "--site-root=/nonexistent";
    let urls = [
        "--convex-url=http://127.0.0.1:9",
        "--convex-site-url=http://localhost:9",
    ];
    let fixed = ["server", urls[0], urls[1], site];
    Config::try_parse_from(fixed.iter().chain(args)).expect("a configuration")
}

#[tokio::test]
async fn the_server_stops_on_the_signal_even_with_a_client_that_never_finishes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server::run(listener, config(1), async move {
        stopped.await.expect("the test stops it");
    }));

    let mut client = TcpStream::connect(addr).await.expect("accepted");
    let request = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    client.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = [0; 12];
    client.read_exact(&mut answer).await.expect("answered");
    assert_eq!(&answer, b"HTTP/1.1 200");
    // A second request that stays half-written.
    client
        .write_all(b"POST /actions/sign-out HTTP/1.1\r\n")
        .await
        .expect("sent");

    let asked = Instant::now();
    stop.send(()).expect("running");
    running.await.expect("no panic").expect("a clean end");
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    TcpStream::connect(addr)
        .await
        .expect_err("nobody listens any more");
}

#[tokio::test]
async fn a_stalled_client_is_disconnected_and_does_not_delay_others() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    let config = config_with(&["--client-seconds=1", "--shutdown-seconds=1"]);
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server::run(listener, config, async move {
        stopped.await.expect("the test stops it");
    }));
    let mut slow = Vec::new();
    for head in [
        "",
        "GET / HTTP/1.1\r\nhost: loc",
        "POST /actions/sign-in HTTP/1.1\r\n",
    ] {
        let mut client = TcpStream::connect(addr).await.expect("accepted");
        client.write_all(head.as_bytes()).await.expect("sent");
        slow.push(client);
    }
    let mut quick = TcpStream::connect(addr).await.expect("accepted");
    let request = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    quick.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = [0; 12];
    quick.read_exact(&mut answer).await.expect("answered");
    assert_eq!(&answer, b"HTTP/1.1 200");

    for mut client in slow {
        let mut rest = Vec::new();
        let end = tokio::time::timeout(Duration::from_secs(30), client.read_to_end(&mut rest));
        // It may be closed or reset, with or without a 408.
        let _ = end.await.expect("the server ends it");
    }
    stop.send(()).expect("running");
    running.await.expect("no panic").expect("a clean end");
}

/// Opens a connection and sends `said` on it.
async fn client(addr: SocketAddr, said: &str) -> TcpStream {
    let mut client = TcpStream::connect(addr).await.expect("accepted");
    client.write_all(said.as_bytes()).await.expect("sent");
    client
}

/// Returns what the client receives until the connection is closed, or `None` if it stays open.
async fn told(client: &mut TcpStream) -> Option<String> {
    let mut told = Vec::new();
    let end = tokio::time::timeout(Duration::from_millis(300), client.read_to_end(&mut told));
    // A reset counts as closed.
    let _ = end.await.ok()?;
    Some(String::from_utf8_lossy(&told).into_owned())
}

#[tokio::test]
async fn the_head_of_a_request_is_limited() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server::run(listener, config(1), async move {
        stopped.await.expect("the test stops it");
    }));
    let served = async |length: usize| {
        let long = "x".repeat(length);
        let head = format!(
            "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nlong: {long}\r\n\r\n"
        );
        let mut client = TcpStream::connect(addr).await.expect("accepted");
        // The server may close the connection while it is sent.
        let _ = client.write_all(head.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer).await;
        answer.starts_with(b"HTTP/1.1 200 ")
    };
    assert!(served(60_000).await);
    assert!(!served(70_000).await);
    stop.send(()).expect("running");
    running.await.expect("no panic").expect("a clean end");
}

#[tokio::test]
async fn connections_of_an_address_are_limited_and_those_without_a_request_are_closed_first() {
    const MOST: usize = 8;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let metrics = free.local_addr().expect("bound");
    drop(free);
    let config = config_with(&[
        &format!("--connections-per-address={MOST}"),
        &format!("--metrics-addr={metrics}"),
        "--shutdown-seconds=1",
    ]);
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server::run(listener, config, async move {
        stopped.await.expect("the test stops it");
    }));

    // Requests whose bodies never end keep their connections.
    let endless = "POST /actions/sign-in HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost\r\n\
        content-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\na=";
    let origin = format!("http://localhost:{}", addr.port());
    let endless = endless.replace("http://localhost\r", &format!("{origin}\r"));
    let mut busy = Vec::new();
    for _ in 0..MOST - 2 {
        busy.push(client(addr, &endless).await);
    }
    let mut idle = client(addr, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).await.expect("answered");
    let mut half = client(addr, "GET / HTTP/1.1\r\nhost: loc").await;
    assert!(told(&mut half).await.is_none(), "there is room for it");

    // There is always room for a request that ends.
    for _ in 0..5 {
        let answer = get(addr, "/healthz").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    }
    assert!(told(&mut idle).await.is_some(), "it has waited longest");
    for client in &mut busy {
        assert!(told(client).await.is_none(), "its request is running");
    }

    // Once every connection has a request running, there is no room.
    busy.push(client(addr, &endless).await);
    busy.push(client(addr, &endless).await);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let refused = told(&mut TcpStream::connect(addr).await.expect("accepted")).await;
    let refused = refused.expect("it is closed");
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    let counted = get(metrics, "/metrics").await;
    let refusals = "http_connections_refused_total 1\n";
    assert!(counted.contains(refusals), "{counted}");

    drop(busy);
    let freed = async { while !get(addr, "/healthz").await.starts_with("HTTP/1.1 200 ") {} };
    let freed = tokio::time::timeout(Duration::from_secs(5), freed).await;
    assert!(freed.is_ok(), "connections that have ended still count");
    stop.send(()).expect("running");
    running.await.expect("no panic").expect("a clean end");
}

async fn get(addr: SocketAddr, path: &str) -> String {
    let mut client = TcpStream::connect(addr).await.expect("accepted");
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.expect("answered");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn metrics_are_served_only_on_their_own_address_and_end_with_the_server() {
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let metrics = free.local_addr().expect("bound");
    let taken = config_with(&[&format!("--metrics-addr={metrics}")]);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let refused = server::run(listener, taken.clone(), async {}).await;
    let message = refused.expect_err("the port is taken").to_string();
    assert!(message.contains("METRICS_ADDR"), "{message}");
    drop(free);

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(server::run(listener, taken, async move {
        stopped.await.expect("the test stops it");
    }));
    get(addr, "/healthz").await;
    let told = get(metrics, "/metrics").await;
    let health = r#"http_requests_total{kind="health",method="GET",status="200"} 1"#;
    assert!(told.contains(health), "{told}");
    let public = get(addr, "/metrics").await;
    assert!(!public.contains("http_requests"), "{public}");
    stop.send(()).expect("running");
    running.await.expect("no panic").expect("a clean end");
}

#[test]
fn tasks_that_never_end_do_not_keep_the_process_alive() {
    static RELEASED: AtomicBool = AtomicBool::new(false);
    fn spin() {
        while !RELEASED.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
    }
    let done = server::shutdown::run_to_end(async {
        tokio::spawn(async { spin() });
        tokio::task::spawn_blocking(spin);
        tokio::task::yield_now().await;
        "done"
    });
    assert_eq!(done.expect("threads"), "done");
    RELEASED.store(true, Ordering::Relaxed);
}

/// The results of a client that sends one request after the other.
#[derive(Debug, Default)]
struct Asked {
    answered: usize,
    lost: Vec<String>,
}

impl Asked {
    /// Sends requests until told to stop, on one connection for as long as the server keeps it open, as a proxy does.
    async fn on_and_on(addr: SocketAddr, ended: Arc<AtomicBool>) -> Self {
        let mut asked = Self::default();
        while !ended.load(Ordering::Relaxed) {
            match TcpStream::connect(addr).await {
                Ok(client) => asked.on(BufReader::new(client), &ended).await,
                Err(error) => asked.lost.push(format!("no connection: {error}")),
            }
        }
        asked
    }

    async fn on(&mut self, mut client: BufReader<TcpStream>, ended: &AtomicBool) {
        while !ended.load(Ordering::Relaxed) {
            match ask(&mut client).await {
                Ok(head) => {
                    self.answered += 1;
                    if head.contains("connection: close") {
                        return;
                    }
                }
                Err(error) => return self.lost.push(error.to_string()),
            }
        }
    }
}

/// Sends a request on an open connection and returns the head of its response.
async fn ask(client: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    client.get_mut().write_all(request).await?;
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if client.read_line(&mut head).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    client.read_exact(&mut body).await?;
    Ok(head)
}

#[test]
fn only_a_server_under_watch_stops_without_waiting_for_a_last_request() {
    let waits = |args: &[&str]| config_with(args).site.last_call();
    assert_eq!(waits(&["--watch"]), Duration::ZERO);
    assert!(waits(&[]) >= Duration::from_millis(100));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_lost_when_one_server_follows_another_on_the_same_socket() {
    let socket = StdListener::bind("127.0.0.1:0").expect("a free port");
    socket.set_nonblocking(true).expect("nonblocking");
    let addr = socket.local_addr().expect("bound");
    let start = || {
        let listener = socket.try_clone().expect("another handle");
        let listener = TcpListener::from_std(listener).expect("a listener");
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(server::run(listener, config(10), async move {
            stopped.await.expect("the test stops it");
        }));
        (stop, running)
    };
    let (mut stop, mut running) = start();
    let ended = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..8)
        .map(|_| tokio::spawn(Asked::on_and_on(addr, Arc::clone(&ended))))
        .collect();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.send(()).expect("running");
        running.await.expect("no panic").expect("a clean end");
        (stop, running) = start();
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    ended.store(true, Ordering::Relaxed);
    for client in clients {
        let asked = client.await.expect("no panic");
        assert_eq!(asked.lost, Vec::<String>::new());
        assert!(asked.answered > 0);
    }
    stop.send(()).expect("running");
    running.await.expect("no panic").expect("a clean end");
}
