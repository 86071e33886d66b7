//! The client of a Leptos server (`leptos_convex::server`), and its live queries over a connection that breaks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use leptos_convex::server::{HttpClient, HttpOptions, LiveOptions};
use leptos_convex::{CallError, Mutation, Query};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::support::Server;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn notes() -> Query<Vec<String>> {
    Query::new("notes:list", ())
}

fn add(text: &str) -> Mutation<String> {
    Mutation::new("notes:add", BTreeMap::from([("text", text)]))
}

/// Returns a client that never gets an answer over HTTP, so that every answer is a live one.
fn live_only(url: &str) -> HttpClient {
    let options = HttpOptions::default().with_timeout(Duration::ZERO);
    HttpClient::with_options(url, options)
        .expect("builds")
        .with_live_queries(LiveOptions::default())
}

/// Asks until the answer is as expected.
async fn until(client: &HttpClient, expected: impl Fn(&Result<Vec<String>, CallError>) -> bool) {
    let asking = async {
        loop {
            let answer = client.query(&notes(), None).await;
            if expected(&answer) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking)
        .await
        .expect("the answer comes");
}

#[tokio::test]
async fn public_queries_come_from_the_live_subscription_and_personal_ones_never() {
    let server = Server::start().await;
    let client = live_only(server.backend.cloud_url());
    until(&client, |notes| notes == &Ok(vec![])).await;
    server.add_note("one").await;
    until(&client, |notes| notes == &Ok(vec!["one".to_owned()])).await;

    // By now there is a live answer for callers without a token. Alice must get her own answer, or none in time.
    let whoami = Query::<serde_json::Value>::new("notes:whoami", ());
    while client.query(&whoami, None).await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let token = server.token("alice");
    for _ in 0..3 {
        if let Ok(person) = client.query(&whoami, Some(&token)).await {
            assert_eq!(person["subject"], "alice");
        }
    }
    let admin = client.clone().with_admin_key("any");
    assert!(admin.query(&whoami, None).await.is_err());
}

#[tokio::test]
async fn a_failing_query_fails_the_same_way_live() {
    let server = Server::start().await;
    let client = HttpClient::new(server.backend.cloud_url()).expect("builds");
    let failing = Query::<f64>::new("notes:fails", ());
    let over_http = client.query(&failing, None).await.expect_err("it throws");
    let live = live_only(server.backend.cloud_url());
    let asking = async {
        loop {
            match live.query(&failing, None).await {
                Err(CallError::Network { .. }) => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                other => return other,
            }
        }
    };
    let error = tokio::time::timeout(PATIENCE, asking).await.expect("live");
    assert_eq!(
        error.expect_err("it throws").to_string(),
        over_http.to_string()
    );
}

#[tokio::test]
async fn a_process_reads_its_own_writes() {
    let server = Server::start().await;
    let client = HttpClient::new(server.backend.cloud_url())
        .expect("builds")
        .with_live_queries(LiveOptions::default());
    for written in 1..=20 {
        client.mutation(&add("more"), None).await.expect("writes");
        let notes = client.query(&notes(), None).await.expect("reads");
        assert_eq!(notes.len(), written);
    }
}

#[tokio::test]
async fn a_broken_connection_gives_no_old_answers() {
    let server = Server::start().await;
    let line = Line::to(server.backend.cloud_url()).await;
    let client = live_only(&line.url);
    until(&client, |notes| notes == &Ok(vec![])).await;

    line.cut();
    until(&client, Result::is_err).await;
    server.add_note("meanwhile").await;
    for _ in 0..20 {
        let notes = client.query(&notes(), None).await;
        assert!(notes.is_err(), "{notes:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    line.mend();
    until(&client, |notes| match notes {
        Ok(notes) => {
            assert_eq!(notes, &["meanwhile"], "an old answer");
            true
        }
        Err(_) => false,
    })
    .await;
}

/// A proxy to a backend, whose connections can be cut.
struct Line {
    url: String,
    whole: Arc<AtomicBool>,
    cuts: watch::Sender<()>,
}

impl Line {
    async fn to(backend: &str) -> Self {
        let target = backend.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let (whole, (cuts, _)) = (Arc::new(AtomicBool::new(true)), watch::channel(()));
        let line = Self {
            url,
            whole: Arc::clone(&whole),
            cuts: cuts.clone(),
        };
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                if !whole.load(Ordering::SeqCst) {
                    continue;
                }
                let (target, mut cut) = (target.clone(), cuts.subscribe());
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(target).await.expect("the backend");
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        line
    }

    fn cut(&self) {
        self.whole.store(false, Ordering::SeqCst);
        self.cuts.send_replace(());
    }

    fn mend(&self) {
        self.whole.store(true, Ordering::SeqCst);
    }
}
