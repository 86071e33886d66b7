//! Helpers that start the fixture app and call its functions.

use std::path::{Path, PathBuf};
use std::time::Duration;

use convex_local::functions::{
    FunctionCall, FunctionError, Functions, FunctionsConfig, StartError,
};
use convex_local::store::{OpenError, Store, StoreOptions};
use serde_json::{Value as Json, json};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A running app with its own empty store.
pub(crate) struct App {
    pub(crate) functions: Functions,
    pub(crate) store: Store,
    config: FunctionsConfig,
    pub(crate) data: tempfile::TempDir,
    stop: DropGuard,
    scheduler: JoinHandle<()>,
}

/// Starts the fixture app.
pub(crate) async fn app() -> App {
    app_with(|_| {}).await
}

/// Starts the fixture app with a changed configuration.
pub(crate) async fn app_with(change: impl FnOnce(&mut FunctionsConfig)) -> App {
    try_app(&fixture("app"), change)
        .await
        .expect("the fixture loads")
}

/// Starts the app in `convex_dir`.
pub(crate) async fn try_app(
    convex_dir: &Path,
    change: impl FnOnce(&mut FunctionsConfig),
) -> Result<App, StartError> {
    let data = tempfile::tempdir().expect("a temporary folder");
    // Bundles are shared between tests, as they are between starts.
    let mut config = FunctionsConfig::new(convex_dir, env!("CARGO_TARGET_TMPDIR"));
    config.watch = false;
    config.env.insert("GREETING".into(), "hello".into());
    change(&mut config);
    start(config, data).await
}

async fn start(config: FunctionsConfig, data: tempfile::TempDir) -> Result<App, StartError> {
    let store = open_store(data.path()).await;
    let functions = Functions::start(config.clone(), store.clone()).await?;
    let stop = CancellationToken::new();
    Ok(App {
        scheduler: functions.run_scheduled(stop.clone()),
        functions,
        store,
        config,
        data,
        stop: stop.drop_guard(),
    })
}

async fn open_store(dir: &Path) -> Store {
    // These tests cut no power, so they need not wait for the disk.
    let options = StoreOptions { durable: false };
    for _ in 0..600 {
        match Store::open(dir, options) {
            // Calls of the previous app end in the background.
            Err(OpenError::InUse { .. }) => tokio::time::sleep(Duration::from_millis(50)).await,
            opened => return opened.expect("a store"),
        }
    }
    panic!("the store is never closed");
}

pub(crate) fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name)
        .join("convex")
}

/// Copies the fixture app for a test that changes it. The copy is inside the repository, so that
/// imports from `node_modules` resolve.
pub(crate) fn copy_of_app(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join(name)
        .join("convex");
    let _ = std::fs::remove_dir_all(&target);
    copy(&fixture("app"), &target);
    target
}

/// Adds a file with a query to the folder, and waits until `app` serves it.
///
/// # Panics
/// When that takes longer than `limit`.
pub(crate) async fn loads_a_new_file(app: &App, dir: &Path, limit: Duration) {
    let text = "import { query } from \"./_generated/server\";\n\
                export const one = query({ args: {}, handler: () => 1 });\n";
    std::fs::write(dir.join("fresh.ts"), text).expect("write");
    let served = async {
        while app.query("fresh:one", json!({})).await != Ok(json!(1)) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let in_time = tokio::time::timeout(limit, served).await;
    in_time.expect("the change is loaded");
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("create");
    for entry in std::fs::read_dir(from).expect("read") {
        let entry = entry.expect("entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("type").is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("copy");
        }
    }
}

/// The configuration and the data of an app that was stopped.
pub(crate) struct Stopped {
    config: FunctionsConfig,
    pub(crate) data: tempfile::TempDir,
}

impl Stopped {
    pub(crate) async fn start(self) -> App {
        let started = start(self.config, self.data).await;
        started.expect("starts again")
    }
}

impl App {
    /// Stops the app without waiting for its calls, and starts it again on the same data.
    pub(crate) async fn restart(self) -> Self {
        self.stop().await.start().await
    }

    pub(crate) async fn stop(self) -> Stopped {
        let Self {
            functions,
            store,
            config,
            data,
            stop,
            scheduler,
        } = self;
        drop((functions, store, stop));
        scheduler.await.expect("the scheduler ends");
        // Running calls end in the background. The store can be opened once it is closed.
        drop(open_store(data.path()).await);
        Stopped { config, data }
    }

    /// Returns the result of a query.
    pub(crate) async fn query(&self, path: &str, args: Json) -> Result<Json, FunctionError> {
        self.functions
            .query(FunctionCall::public(path, args))
            .await
            .result
    }

    /// Returns the result of a mutation.
    pub(crate) async fn mutation(&self, path: &str, args: Json) -> Result<Json, FunctionError> {
        self.functions
            .mutation(FunctionCall::public(path, args))
            .await
            .result
    }

    /// Returns the result of an action.
    pub(crate) async fn action(&self, path: &str, args: Json) -> Result<Json, FunctionError> {
        self.functions
            .action(FunctionCall::public(path, args))
            .await
            .result
    }

    /// Waits until a counter has reached `value`.
    pub(crate) async fn counts_to(&self, name: &str, value: f64) {
        for _ in 0..500 {
            if self.counter(name).await >= value {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{name} never counts to {value}");
    }

    /// Returns the value of a counter.
    pub(crate) async fn counter(&self, name: &str) -> f64 {
        let value = self.query("counters:get", json!({ "name": name })).await;
        value.expect("counter").as_f64().expect("a number")
    }

    /// Returns the bodies of all messages, in order.
    pub(crate) async fn bodies(&self) -> Vec<String> {
        let all = self.query("messages:list", json!({})).await.expect("list");
        let all = all.as_array().expect("a list").clone();
        all.iter()
            .map(|message| message["body"].as_str().expect("a body").to_owned())
            .collect()
    }

    /// Returns the message of the error that a query gives.
    pub(crate) async fn query_error(&self, path: &str, args: Json) -> String {
        self.query(path, args).await.expect_err("an error").message
    }
}
