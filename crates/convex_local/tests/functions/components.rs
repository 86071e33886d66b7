//! Components: own data, own environment, public functions only, handles, mounted routes.

use convex_local::functions::FunctionsConfig;
use serde_json::json;

use crate::http::get;
use crate::support::{app, copy_of_app, try_app};

#[tokio::test]
async fn each_mount_has_its_own_data_and_environment() {
    let app = app().await;
    let texts = app
        .mutation("library:write", json!({ "text": "milk" }))
        .await
        .expect("write");
    assert_eq!(texts, json!(["milk", "old: milk"]));
    assert_eq!(
        app.query("library:own", json!({})).await.expect("own"),
        json!([])
    );
}

#[tokio::test]
async fn a_variable_that_a_definition_reads_is_read_again_at_each_load() {
    for greeting in ["first ", "second "] {
        let dir = copy_of_app("environment");
        let config = dir.join("convex.config.ts");
        let text = std::fs::read_to_string(&config).expect("read");
        let text = text.replace("\"old: \"", "process.env.GREETING!");
        std::fs::write(&config, text).expect("write");
        let set = |config: &mut FunctionsConfig| {
            config.env.insert("GREETING".into(), greeting.into());
        };
        let app = try_app(&dir, set).await.expect("loads");
        let texts = app
            .mutation("library:write", json!({ "text": "milk" }))
            .await
            .expect("write");
        assert_eq!(texts, json!(["milk", format!("{greeting}milk")]));
    }
}

#[tokio::test]
async fn the_files_of_a_component_are_its_own() {
    let app = app().await;
    let urls = app.action("library:keepsFiles", json!({})).await;
    let urls = urls.expect("urls");
    let theirs = urls["theirs"].as_str().expect("a url");
    assert!(theirs.ends_with("?component=notes"), "{theirs}");
    assert_eq!(urls["ours"], json!(null));
}

#[tokio::test]
async fn internal_functions_of_a_component_stay_inside() {
    let app = app().await;
    let error = app.query_error("library:trespass", json!({})).await;
    assert!(
        error.contains("Could not find function for 'notes:secret' in component 'notes'."),
        "{error}"
    );
}

#[tokio::test]
async fn a_handle_lets_a_component_call_back() {
    let app = app().await;
    let handle = app
        .mutation("library:throughHandle", json!({ "name": "handled" }))
        .await;
    assert!(
        handle
            .expect("handle")
            .as_str()
            .expect("a text")
            .starts_with("function://")
    );
    assert!((app.counter("handled").await - 1.0).abs() < f64::EPSILON);
}

#[tokio::test]
async fn a_mounted_component_serves_http_under_its_prefix() {
    let app = app().await;
    let response = get(&app, "/archive/hello").await;
    assert_eq!(
        (response.status, response.text.as_str()),
        (200, "archive /archive/hello")
    );
}
