//! File storage: what the official client and a browser do with it, and what is on the disk.

use serde_json::{Value as Json, json};

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
