//! File storage: what the official client and a browser do with it, and what is on the disk.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::npm::run;
use crate::support::Server;

#[tokio::test]
async fn the_official_client_stores_reads_and_deletes_files() {
    run(&Server::start().await, "storage_client.mjs", Json::Null).await;
}

#[tokio::test]
async fn files_outlive_a_restart_and_content_without_a_row_does_not() {
    let server = Server::start().await;
    let (_, made) = server
        .call("action", "files:makeAndRead", json!({ "text": "kept" }))
        .await;
    let id = made["value"]["id"].clone();
    let files = server.data_dir().join("files");
    let stray = files.join("00000000-0000-4000-8000-000000000000");
    std::fs::write(&stray, "an upload that a crash cut short").expect("write");
    std::fs::write(files.join("incoming/half"), "half").expect("write");

    let server = server.restart().await;
    let (_, url) = server.call("query", "files:url", json!({ "id": id })).await;
    // The port is another one after a restart, so the address is asked for again.
    let url = url["value"].as_str().expect("a url").to_owned();
    let response = server.http.get(&url).send().await.expect("an answer");
    assert_eq!(response.text().await.expect("a text"), "kept");
    assert!(!stray.exists());
    assert!(!server.data_dir().join("files/incoming/half").exists());
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_not_kept_in_caches() {
    let server = Server::start().await;
    let (_, made) = server
        .call("action", "files:makeAndRead", json!({ "text": "kept" }))
        .await;
    let url = made["value"]["url"].as_str().expect("a url");
    let get = async || server.http.get(url).send().await.expect("an answer");
    let cached = |answer: &reqwest::Response| {
        let value = answer.headers().get("cache-control").expect("a header");
        value.to_str().expect("a text").to_owned()
    };
    assert_eq!(cached(&get().await), "private, max-age=2592000");
    for entry in std::fs::read_dir(server.data_dir().join("files")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            std::fs::remove_file(path).expect("removes");
        }
    }
    let missing = get().await;
    assert_eq!(missing.status(), 404);
    assert_eq!(cached(&missing), "no-store");
}

/// Returns the lengths of the files in a folder.
fn lengths(folder: &Path) -> Vec<u64> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let files = entries.filter_map(|entry| entry.ok()?.metadata().ok());
    let files = files.filter(std::fs::Metadata::is_file);
    files.map(|file| file.len()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_whose_client_leaves_at_its_end_leaves_no_content_without_a_row() {
    const LENGTH: usize = 64 << 20;
    let server = Server::start().await;
    let (_, url) = server.call("mutation", "files:uploadUrl", json!({})).await;
    let url = url["value"].as_str().expect("a url");
    let address = url.strip_prefix("http://").expect("http");
    let (address, path) = address.split_once('/').expect("a path");
    let mut client = TcpStream::connect(address).await.expect("connects");
    let head =
        format!("POST /{path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {LENGTH}\r\n\r\n");
    client.write_all(head.as_bytes()).await.expect("sends");
    client.write_all(&vec![b'x'; LENGTH]).await.expect("sends");
    let files = server.data_dir().join("files");
    let incoming = files.join("incoming");
    while lengths(&incoming)
        .iter()
        .any(|length| *length < LENGTH as u64)
    {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(client);
    for _ in 0..600 {
        let (_, rows) = server.call("query", "files:rows", json!({})).await;
        let rows = rows["value"].as_array().map(Vec::len);
        if lengths(&incoming).is_empty() && Some(lengths(&files).len()) == rows {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("content without a row");
}
