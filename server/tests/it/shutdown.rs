//! Stopping: what runs may end, what never ends cannot keep the process.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use clap::Parser;
use server::Config;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
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
async fn a_client_that_does_not_get_on_is_let_go_and_holds_up_nobody() {
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
        // Closed or reset, with or without a 408: gone.
        let _ = end.await.expect("the server ends it");
    }
    stop.send(()).expect("running");
    running.await.expect("no panic").expect("a clean end");
}

async fn get(addr: std::net::SocketAddr, path: &str) -> String {
    let mut client = TcpStream::connect(addr).await.expect("accepted");
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    client.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.expect("answered");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn metrics_are_told_on_their_own_address_alone_and_end_with_the_server() {
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
fn what_never_ends_does_not_keep_the_process() {
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
