//! Stored files: their content on disk, and the right to upload one.
//!
//! A file is a row of `_storage` ([`StoredFile`]) and, under the row's secret name, its content in the
//! folder `files` beside the database. Content is on disk before its row is committed,
//! and is removed after the row. Content that a crash leaves without a row is removed at the next start.
//!
//! - `token`: the right to upload.
//! - `intake`: from received bytes to a file in its place.
//! - `place`: the same for the files of a snapshot.

mod intake;
mod place;
mod token;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};
use uuid::Uuid;

pub(crate) use intake::{Intake, IntakeError};
pub(crate) use token::TokenError;

use crate::private;
use crate::store::{CommitError, ComponentPath, DbError, Store, StoredFile, Transaction};
use token::Key;

/// The folder of contents, in the data folder.
pub(crate) const FOLDER: &str = "files";
/// The folder for content that is still being received.
const INCOMING: &str = "incoming";

/// The stored files of a backend. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    dir: Arc<Path>,
    key: Arc<Key>,
    cloud_url: Arc<str>,
    store: Store,
    removals: Removals,
}

/// Shared while deleted content is removed, and held exclusively while all content must stay.
type Removals = Arc<RwLock<()>>;

/// The reasons why a file was not stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// Its content was not accepted.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// Its row was refused.
    #[error(transparent)]
    Row(#[from] DbError),
    /// Its row was not committed.
    #[error(transparent)]
    Commit(#[from] CommitError),
}

impl Files {
    /// Opens the folder and removes content without a row. Must be called in a Tokio runtime:
    /// content whose row is deleted is removed in the background for as long as the store is open.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub(crate) fn open(store: &Store, cloud_url: &str) -> std::io::Result<Self> {
        let dir = store.dir().join(FOLDER);
        let incoming = dir.join(INCOMING);
        // No upload has begun yet, so this was left by an earlier run.
        if incoming.exists() {
            std::fs::remove_dir_all(&incoming)?;
        }
        private::folder(&incoming)?;
        clear(&dir, store)?;
        let removals = Removals::default();
        tokio::spawn(remove_deleted(
            dir.clone(),
            store.commits(),
            removals.clone(),
        ));
        Ok(Self {
            key: Arc::new(Key::of(store).map_err(std::io::Error::other)?),
            dir: Arc::from(dir),
            cloud_url: Arc::from(cloud_url.trim_end_matches('/')),
            store: store.clone(),
            removals,
        })
    }

    /// Keeps all content until the guard is dropped, even if its row is deleted in the meantime.
    pub(crate) async fn hold(&self) -> OwnedRwLockWriteGuard<()> {
        self.removals.clone().write_owned().await
    }

    /// Returns an address that accepts one or more files for an hour: `generateUploadUrl()`.
    pub(crate) fn upload_url(&self, component: &ComponentPath) -> Result<String, TokenError> {
        let token = self.key.sign(component)?;
        Ok(format!(
            "{}/api/storage/upload?token={token}",
            self.cloud_url
        ))
    }

    /// Returns the component whose upload address carries `token`, if it is still valid.
    pub(crate) fn check_token(&self, token: &str) -> Result<ComponentPath, TokenError> {
        self.key.verify(token)
    }

    /// Returns the address of a file: `getUrl()`.
    pub(crate) fn url(&self, component: &ComponentPath, file: &StoredFile) -> String {
        let mut url = format!("{}/api/storage/{}", self.cloud_url, file.name);
        if !component.as_str().is_empty() {
            let path = url::form_urlencoded::byte_serialize(component.as_str().as_bytes());
            url.extend(["?component="].into_iter().chain(path));
        }
        url
    }

    /// Returns the file that an address names, with the path of its content.
    pub(crate) fn named(
        &self,
        component: &ComponentPath,
        name: Uuid,
    ) -> Option<(StoredFile, PathBuf)> {
        let file = self.store.file_named(component, name)?;
        let path = self.path(&file);
        Some((file, path))
    }

    /// Returns the folder with the contents of all files.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the path of a file's content.
    pub(crate) fn path(&self, file: &StoredFile) -> PathBuf {
        self.dir.join(file.name.to_string())
    }

    /// Returns a new place for content to be received.
    pub(crate) fn intake(&self) -> Intake {
        Intake::new(&self.dir.join(INCOMING))
    }

    /// Moves received content to its place and commits its row; returns its id.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is stored then.
    pub(crate) async fn keep(
        &self,
        component: &ComponentPath,
        intake: Intake,
        content_type: Option<String>,
    ) -> Result<String, StoreError> {
        let arrived = intake.finish(&self.dir).await?;
        let file = StoredFile {
            name: arrived.name,
            sha256: arrived.sha256,
            size: arrived.size,
            content_type,
        };
        let insert = |tx: &mut Transaction| Ok(tx.insert_file(component, &file)?);
        let committed: Result<_, StoreError> = self.store.write(insert).await;
        if committed.is_err() && self.may_remove() {
            remove(&self.path(&file)).await;
        }
        committed
    }
}

impl Files {
    /// Stores content for a transaction and adds its row there. Blocks until the content is on disk.
    ///
    /// # Errors
    /// [`StoreError`]; nothing is stored then.
    pub(crate) fn keep_within(
        &self,
        tx: &mut Transaction,
        component: &ComponentPath,
        content: &[u8],
        content_type: Option<String>,
        sha256: Option<String>,
    ) -> Result<(String, Uncommitted), StoreError> {
        let mut intake = self.intake();
        intake.expect(sha256);
        intake.write_now(content)?;
        let arrived = intake.settle(&self.dir)?;
        let content = Uncommitted {
            component: component.clone(),
            name: arrived.name,
        };
        let file = StoredFile {
            name: arrived.name,
            sha256: arrived.sha256,
            size: arrived.size,
            content_type,
        };
        match tx.insert_file(component, &file) {
            Ok(id) => Ok((id, content)),
            Err(error) => {
                self.clear_uncommitted([content]);
                Err(error.into())
            }
        }
    }

    /// Returns whether content without a row may be removed. Once the disk has failed, the row may be on it all the
    /// same, and the next start decides.
    pub(crate) fn may_remove(&self) -> bool {
        !self.store.disk_has_failed()
    }

    /// Removes content of transactions whose rows were not committed or have been deleted since.
    pub(crate) fn clear_uncommitted(&self, stored: impl IntoIterator<Item = Uncommitted>) {
        for Uncommitted { component, name } in stored {
            if self.store.file_named(&component, name).is_some() || !self.may_remove() {
                continue;
            }
            let gone = std::fs::remove_file(self.dir.join(name.to_string()));
            if let Err(error) = gone
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "content of no file stays on disk until the next start");
            }
        }
    }
}

/// Content whose row a transaction has written and not committed.
#[derive(Debug)]
pub(crate) struct Uncommitted {
    component: ComponentPath,
    name: Uuid,
}

/// Removes content without a row, which a crash has left behind.
fn clear(dir: &Path, store: &Store) -> std::io::Result<()> {
    let kept = store.file_names();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().and_then(|name| name.parse::<Uuid>().ok());
        if name.is_some_and(|name| !kept.contains(&name)) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

type Commits = tokio::sync::broadcast::Receiver<Arc<crate::store::Commit>>;

/// Removes content when its rows are deleted. Anything missed here is removed at the next start.
async fn remove_deleted(dir: PathBuf, mut commits: Commits, removals: Removals) {
    loop {
        match commits.recv().await {
            Ok(commit) => {
                let names = commit.deleted_files();
                if !names.is_empty() {
                    // In a task, so that no commit is missed while content is held.
                    tokio::spawn(remove_all(dir.clone(), names, removals.clone()));
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

async fn remove_all(dir: PathBuf, names: Vec<Uuid>, removals: Removals) {
    let _not_held = removals.read().await;
    for name in names {
        remove(&dir.join(name.to_string())).await;
    }
}

async fn remove(path: &Path) {
    if let Err(error) = tokio::fs::remove_file(path).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "a deleted file stays on disk until the next start");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::StoreOptions;

    #[tokio::test]
    async fn deleted_content_stays_until_it_is_no_longer_held() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::open(dir.path(), StoreOptions::default()).expect("opens");
        let files = Files::open(&store, "http://127.0.0.1:3210").expect("opens");
        let root = ComponentPath::root();
        let intake = files.intake();
        intake.write_now(b"a picture").expect("is received");
        let id = files.keep(&root, intake, None).await.expect("is stored");
        let contents = || {
            let entries = std::fs::read_dir(files.dir()).expect("a folder");
            let paths = entries.map(|entry| entry.expect("an entry").path());
            paths.filter(|path| path.is_file()).count()
        };
        let held = files.hold().await;
        let delete = |tx: &mut Transaction| Ok::<_, StoreError>(tx.delete_file(&root, &id)?);
        store.write(delete).await.expect("is deleted");
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(contents(), 1);
        drop(held);
        for _ in 0..600 {
            if contents() == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("deleted content stays");
    }

    #[tokio::test]
    async fn content_stays_when_the_disk_fails_because_its_row_may_be_there_after_a_restart() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let open = |store: &Store| Files::open(store, "http://127.0.0.1:3210").expect("opens");
        // The first start writes the key for uploads.
        open(&Store::open(dir.path(), StoreOptions::default()).expect("opens"));
        let store = Store::that_fails_to_confirm(dir.path());
        let files = open(&store);
        let intake = files.intake();
        intake.write_now(b"a picture").expect("is received");
        let kept = files.keep(&ComponentPath::root(), intake, None).await;
        assert!(matches!(
            kept,
            Err(StoreError::Commit(CommitError::DiskFailed(_)))
        ));
        drop((files, store));

        let store = Store::open(dir.path(), StoreOptions::default()).expect("opens again");
        let files = open(&store);
        let names = store.file_names();
        assert_eq!(names.len(), 1, "the row was on disk");
        for name in names {
            assert!(files.dir().join(name.to_string()).exists());
        }
    }
}
