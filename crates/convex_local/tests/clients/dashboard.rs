//! The functions that dashboards, and graders of apps, call on a deployment: `_system/frontend/…`.

use serde_json::{Value as Json, json};

use crate::support::Server;

const ADD: &str = "_system/frontend/addDocument";
const CLEAR: &str = "_system/frontend/clearTablePage";
const SCAN: &str = "_system/frontend/listTableScan";

/// Calls a function with the admin key. Returns its value or its error.
async fn ask(server: &Server, kind: &str, path: &str, args: Json) -> Result<Json, Json> {
    let call = json!({ "path": path, "args": args, "format": "convex_encoded_json" });
    let key = format!("Convex {}", server.backend.admin_key());
    let request = reqwest::Client::new().post(server.url(&format!("/api/{kind}")));
    let answer = request.header("authorization", key).json(&call).send();
    let mut body: Json = answer.await.unwrap().json().await.unwrap();
    match body["status"] == "success" {
        true => Ok(body["value"].take()),
        false => Err(body),
    }
}

fn texts(documents: &Json) -> Vec<&str> {
    let documents = documents.as_array().into_iter().flatten();
    documents.filter_map(|it| it["text"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_reads_and_writes_the_tables() {
    let server = Server::start().await;
    let ask = async |kind: &str, path: &str, args: Json| ask(&server, kind, path, args).await;
    let documents = json!([{ "text": "one" }, { "text": "two" }, { "text": "three" }]);
    let add = json!({ "table": "notes", "documents": documents });
    assert_eq!(
        ask("mutation", ADD, add).await,
        Ok(json!({ "success": true }))
    );
    let newest = ask("query", SCAN, json!({ "table": "notes", "limit": 2 }))
        .await
        .unwrap();
    assert_eq!(texts(&newest), ["three", "two"]);
    let size = ask(
        "query",
        "_system/frontend/tableSize",
        json!({ "tableName": "notes" }),
    )
    .await;
    assert_eq!(size, Ok(json!(3)));

    let (id, gone) = (&newest[0]["_id"], &newest[1]["_id"]);
    let replace = json!({ "id": id, "document": { "text": "four" } });
    ask("mutation", "_system/frontend/replaceDocument", replace)
        .await
        .unwrap();
    let delete = json!({ "toDelete": [{ "id": gone, "tableName": "notes" }] });
    ask("mutation", "_system/frontend/deleteDocuments", delete)
        .await
        .unwrap();
    let replace = json!({ "id": gone, "document": { "text": "five" } });
    let refused = ask("mutation", "_system/frontend/replaceDocument", replace).await;
    assert_eq!(
        refused,
        Ok(json!({ "success": false, "error": "Document does not exist." }))
    );
    let options = json!({ "numItems": 1, "cursor": null });
    let page = json!({ "table": "notes", "filters": null, "paginationOpts": options });
    let page = ask("query", "_system/frontend/paginatedTableDocuments", page)
        .await
        .unwrap();
    assert_eq!(
        (texts(&page["page"]), &page["isDone"]),
        (vec!["four"], &json!(false))
    );
    let found = ask("query", "_system/frontend/getById", json!({ "id": id }))
        .await
        .unwrap();
    assert_eq!(found["text"], "four");

    let clear = json!({ "tableName": "notes", "cursor": null });
    let cleared = ask("mutation", CLEAR, clear).await.unwrap();
    assert_eq!(
        (&cleared["deleted"], &cleared["hasMore"]),
        (&json!(2), &json!(false))
    );
    let none = ask("query", SCAN, json!({ "table": "notes", "limit": 2 })).await;
    assert_eq!(none, Ok(json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_is_enforced_and_can_be_read() {
    let server = Server::start().await;
    let add = json!({ "table": "notes", "documents": [{ "text": "one" }, { "text": 2 }] });
    let refused = ask(&server, "mutation", ADD, add).await.unwrap_err();
    let text = refused["errorData"].as_str().unwrap_or_default();
    assert!(text.contains("does not match the schema"), "{refused}");
    let none = ask(
        &server,
        "query",
        SCAN,
        json!({ "table": "notes", "limit": 2 }),
    )
    .await;
    assert_eq!(none, Ok(json!([])), "no document was added");
    let schemas = ask(
        &server,
        "query",
        "_system/frontend/getSchemas",
        json!({ "componentId": null }),
    );
    let schemas = schemas.await.unwrap();
    let active: Json = serde_json::from_str(schemas["active"].as_str().unwrap()).unwrap();
    assert_eq!(
        active["tables"][0]["indexes"][0]["fields"],
        json!(["owner", "_creationTime"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn system_functions_need_the_key_and_unknown_ones_are_named_in_the_error() {
    let server = Server::start().await;
    let clear = json!({ "tableName": "notes", "cursor": null });
    let scan = json!({ "table": "notes", "limit": 2 });
    for (kind, path, args) in [("mutation", CLEAR, &clear), ("query", SCAN, &scan)] {
        let (_, said) = server.call(kind, path, args.clone()).await;
        let text = format!("Could not find public function for '{path}'");
        assert!(said["errorMessage"].to_string().contains(&text), "{said}");
    }
    let refused = ask(&server, "query", "_system/frontend/indexes", json!({}))
        .await
        .unwrap_err();
    assert!(
        refused["errorMessage"]
            .to_string()
            .contains("_system/frontend/indexes"),
        "{refused}"
    );
}
