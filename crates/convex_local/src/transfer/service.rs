//! Exports and imports as jobs of a running backend, one export at a time.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::Stream;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use tokio::sync::watch;

use super::contents::Contents;
use super::error::TransferError;
use super::export::{Export, Exported};
use super::files::Placed;
use super::intake::{Intake, IntakeRefusal};
use super::plan::{self, Mode, Summary};
use super::records::{self, Record, RecordError};
use super::source::Format;
use crate::files::Files;
use crate::private;
use crate::store::{ComponentPath, EXPORTS, IMPORTS, Restore, Store, Timestamp};
use crate::value::Value;

/// The folder for snapshots and uploads, in the data folder.
pub(crate) const FOLDER: &str = "transfers";
/// The interval of progress messages of a job.
const PROGRESS: Duration = Duration::from_millis(500);

/// The options of an import.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImportOptions {
    /// The table, for a file with one.
    #[serde(default)]
    pub(crate) table_name: Option<String>,
    /// The component, the app by default.
    #[serde(default)]
    pub(crate) component_path: Option<String>,
    pub(crate) format: Format,
    #[serde(default)]
    pub(crate) mode: Mode,
}

/// The reasons why a job did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// Another export is running.
    #[error("There is already an export requested or in progress.")]
    ExportInProgress,
    /// There is no such import, or it does not wait for a confirmation.
    #[error("No import {0} is waiting")]
    NoImport(String),
    /// Its record was not written.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// The jobs of a backend. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Transfers {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    files: Files,
    dir: PathBuf,
    intake: Intake,
    exporting: AtomicBool,
    /// Imports that wait to be confirmed, by the ids of their rows.
    waiting: Mutex<HashMap<String, Import>>,
}

/// An import whose file is complete.
#[derive(Clone, Debug)]
struct Import {
    record: Record,
    options: ImportOptions,
    path: PathBuf,
}

impl Transfers {
    /// Removes the remains of interrupted jobs.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(crate) async fn start(store: &Store, files: &Files) -> Result<Self, std::io::Error> {
        let dir = store.dir().join(FOLDER);
        if dir.exists() {
            std::fs::remove_dir_all(&dir)?;
        }
        records::end_interrupted(store)
            .await
            .map_err(std::io::Error::other)?;
        Ok(Self {
            inner: Arc::new(Inner {
                store: store.clone(),
                files: files.clone(),
                intake: Intake::new(&dir),
                dir,
                exporting: AtomicBool::new(false),
                waiting: Mutex::default(),
            }),
        })
    }

    /// Begins an export; its row shows when it is done.
    ///
    /// # Errors
    /// [`Refusal`]
    pub(crate) async fn export(&self, include_storage: bool) -> Result<(), Refusal> {
        if self.inner.exporting.swap(true, Ordering::AcqRel) {
            return Err(Refusal::ExportInProgress);
        }
        let running = Running(self.inner.clone());
        let row = json!({ "state": "in_progress", "requestor": "snapshotExport" });
        let record = Record::new(&self.inner.store, EXPORTS, &row).await?;
        tokio::spawn(async move {
            let state = match running.0.clone().run_export(&record, include_storage).await {
                Ok(done) => done,
                Err(error) => {
                    tracing::warn!(%error, "the export failed");
                    json!({ "state": "failed", "error_message": error.to_string() })
                }
            };
            // The next export may begin as soon as the row shows the end of this one.
            drop(running);
            record.note(state).await;
        });
        Ok(())
    }

    /// Returns the finished export of a moment.
    pub(crate) fn exported(&self, ts: u64) -> Option<PathBuf> {
        let path = self.inner.snapshot(Timestamp(ts));
        path.is_file().then_some(path)
    }

    /// Begins an upload and returns its name.
    ///
    /// # Errors
    /// [`IntakeRefusal`]
    pub(crate) async fn start_upload(&self) -> Result<String, IntakeRefusal> {
        self.inner.intake.start().await
    }

    /// Stores a part of an upload and returns its name.
    ///
    /// # Errors
    /// [`IntakeRefusal`]
    pub(crate) async fn upload_part<E: std::fmt::Display>(
        &self,
        token: &str,
        number: u16,
        body: impl Stream<Item = Result<bytes::Bytes, E>> + Unpin,
    ) -> Result<String, IntakeRefusal> {
        self.inner.intake.part(token, number, body).await
    }

    /// Ends an upload and returns the path of the file.
    ///
    /// # Errors
    /// [`IntakeRefusal`]
    pub(crate) async fn finish_upload(
        &self,
        token: &str,
        parts: &[String],
    ) -> Result<PathBuf, IntakeRefusal> {
        self.inner.intake.finish(token, parts).await
    }

    /// Begins an import and returns the id of its row. The file is read, and the import then waits for a confirmation
    /// of its changes.
    ///
    /// # Errors
    /// [`Refusal`]
    pub(crate) async fn import(
        &self,
        options: ImportOptions,
        path: PathBuf,
    ) -> Result<String, Refusal> {
        let row = json!({
            "state": { "state": "uploaded" },
            "format": options.format,
            "mode": options.mode,
        });
        let record = Record::new(&self.inner.store, IMPORTS, &row).await?;
        let id = record.id.clone();
        let import = Import {
            record,
            options,
            path,
        };
        tokio::spawn(self.inner.clone().check(import));
        Ok(id)
    }

    /// Runs a checked import.
    ///
    /// # Errors
    /// [`Refusal`]
    pub(crate) async fn confirm(&self, id: &str) -> Result<(), Refusal> {
        let import = self.inner.take(id)?;
        let state = json!({ "state": { "state": "in_progress" } });
        import.record.change(&state).await?;
        tokio::spawn(self.inner.clone().perform(import));
        Ok(())
    }

    /// Cancels a checked import.
    ///
    /// # Errors
    /// [`Refusal`]
    pub(crate) async fn cancel(&self, id: &str) -> Result<(), Refusal> {
        let import = self.inner.take(id)?;
        import.forget().await;
        import.record.change(&failed("Import canceled")).await?;
        Ok(())
    }
}

impl Inner {
    fn waiting(&self) -> MutexGuard<'_, HashMap<String, Import>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, id: &str) -> Result<Import, Refusal> {
        let import = self.waiting().remove(id);
        import.ok_or_else(|| Refusal::NoImport(id.to_owned()))
    }

    fn snapshot(&self, ts: Timestamp) -> PathBuf {
        self.dir.join(format!("snapshot_{}.zip", ts.0))
    }

    async fn run_export(
        self: Arc<Self>,
        record: &Record,
        include_storage: bool,
    ) -> Result<Json, TransferError> {
        private::folder(&self.dir).map_err(TransferError::disk("cannot write the snapshot"))?;
        // Files that are deleted from now on are part of the snapshot.
        let _held = match include_storage {
            true => Some(self.files.hold().await),
            false => None,
        };
        let dump = self.store.dump();
        let start = dump.ts();
        let path = self.snapshot(start);
        // Keep only the last snapshot, so that it can be fetched again.
        for former in snapshots(&self.dir) {
            let _ = std::fs::remove_file(former);
        }
        let contents = include_storage.then(|| self.files.dir().to_owned());
        let (said, heard) = watch::channel(String::new());
        let job = tokio::task::spawn_blocking(move || {
            let export = Export {
                dump,
                files: contents.as_deref(),
                progress: &|message: String| drop(said.send(message)),
            };
            export.write(&path)
        });
        let state =
            |message: String| json!({ "state": "in_progress", "progress_message": message });
        let Exported { documents, files } = followed(job, record, heard, state).await?;
        tracing::info!(documents, files, "exported");
        Ok(json!({
            "state": "completed",
            "start_ts": integer(start.0),
            "complete_ts": integer(self.store.latest().0),
            "zip_object_key": format!("snapshot_{}.zip", start.0),
        }))
    }

    /// Reads an import's file and records the changes that it would make.
    async fn check(self: Arc<Self>, import: Import) {
        let (options, path) = (import.options.clone(), import.path.clone());
        let store = self.store.clone();
        let job = tokio::task::spawn_blocking(move || {
            let contents = options.read(&path)?;
            Ok(Summary::of(&contents, options.mode, &store.dump())?)
        });
        let summary = job.await.unwrap_or_else(|error| Err(stopped(&error)));
        match summary {
            Ok(summary) => {
                let record = import.record.clone();
                // Add it first: it can be confirmed as soon as its row shows that it waits.
                self.waiting().insert(record.id.clone(), import);
                let state = json!({
                    "state": "waiting_for_confirmation",
                    "message_to_confirm": summary.text(),
                    "require_manual_confirmation": summary.deletes(),
                });
                record.note(json!({ "state": state })).await;
            }
            Err(error) => import.fail(&error).await,
        }
    }

    async fn perform(self: Arc<Self>, import: Import) {
        let (said, heard) = watch::channel(String::new());
        let (options, path) = (import.options.clone(), import.path.clone());
        let this = self.clone();
        let runtime = tokio::runtime::Handle::current();
        let job = tokio::task::spawn_blocking(move || {
            this.put_in_place(&options, &path, &runtime, &|message: String| {
                drop(said.send(message));
            })
        });
        let state = |message: String| json!({ "state": { "state": "in_progress", "progress_message": message } });
        match followed(job, &import.record, heard, state).await {
            Ok((rows, ts)) => {
                tracing::info!(rows, "imported");
                let rows = u64::try_from(rows).unwrap_or(u64::MAX);
                let state = json!({
                    "state": "completed",
                    "ts": integer(ts.0),
                    "num_rows_written": integer(rows),
                });
                import.forget().await;
                import.record.note(json!({ "state": state })).await;
            }
            Err(error) => import.fail(&error).await,
        }
    }

    fn put_in_place(
        &self,
        options: &ImportOptions,
        path: &Path,
        runtime: &tokio::runtime::Handle,
        progress: &dyn Fn(String),
    ) -> Result<(usize, Timestamp), TransferError> {
        progress("Reading".to_owned());
        let contents = options.read(path)?;
        let (rows, files) = (contents.documents(), contents.files.len());
        let mut placed = Placed::of(&contents, path, &self.files, &|count| {
            progress(format!("Importing \"_storage\" ({count}/{files} files)"));
        })?;
        progress(format!("Importing {rows} documents"));
        let file_rows = std::mem::take(&mut placed.rows);
        let restore = Restore {
            tables: plan::restored(contents, file_rows, options.mode, &self.store.dump()),
            needed_files: std::mem::take(&mut placed.needed),
        };
        let ts = runtime.block_on(self.store.restore(restore))?;
        placed.keep();
        Ok((rows, ts))
    }
}

impl ImportOptions {
    fn read(&self, path: &Path) -> Result<Contents, TransferError> {
        let base = ComponentPath::new(self.component_path.as_deref().unwrap_or_default());
        Contents::read(path, self.format, &base, self.table_name.as_deref())
    }
}

impl Import {
    async fn fail(&self, error: &TransferError) {
        tracing::warn!(%error, "the import failed");
        self.forget().await;
        let message = format!("Hit an error while importing:\n{error}");
        self.record.note(failed(&message)).await;
    }

    /// Removes the uploaded file.
    async fn forget(&self) {
        if let Some(folder) = self.path.parent() {
            // Anything left behind is removed at the next start.
            let _ = tokio::fs::remove_dir_all(folder).await;
        }
    }
}

/// Lets the next export begin, however this one ends.
struct Running(Arc<Inner>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.exporting.store(false, Ordering::Release);
    }
}

/// Waits for a job and writes its progress into its row from time to time.
async fn followed<T>(
    mut job: tokio::task::JoinHandle<Result<T, TransferError>>,
    record: &Record,
    mut heard: watch::Receiver<String>,
    state: impl Fn(String) -> Json,
) -> Result<T, TransferError> {
    loop {
        tokio::select! {
            done = &mut job => return done.unwrap_or_else(|error| Err(stopped(&error))),
            () = tokio::time::sleep(PROGRESS) => {
                if heard.has_changed().unwrap_or(false) {
                    let message = heard.borrow_and_update().clone();
                    record.note(state(message)).await;
                }
            }
        }
    }
}

fn stopped(error: &tokio::task::JoinError) -> TransferError {
    TransferError::Unusable(format!("the job ended unexpectedly: {error}"))
}

fn failed(message: &str) -> Json {
    json!({ "state": { "state": "failed", "error_message": message } })
}

/// Returns a whole number as rows contain it.
fn integer(number: u64) -> Json {
    Value::Int64(i64::try_from(number).unwrap_or(i64::MAX)).to_json()
}

fn snapshots(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let files = entries.map(|entry| entry.path());
    files
        .filter(|path| path.extension().is_some_and(|ext| ext == "zip"))
        .collect()
}
