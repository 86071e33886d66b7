//! The data of a backend: its environment variables, keys and documents.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use rand::distr::{Alphanumeric, SampleString as _};
use serde_json::{Value as Json, json};

use crate::files;
use crate::lock::lock;
use crate::private;
use crate::store::{ComponentPath, DbError, MetaError, OpenError, Store, StoreOptions};
use crate::transfer::{self, Export, Exported};

/// The setting that holds the environment variables: a JSON object of strings.
const ENV: &str = "env";
/// Held while the environment is read, changed and written, so that no change overwrites another.
static CHANGING_ENV: Mutex<()> = Mutex::new(());
const ADMIN_KEY: &str = "admin_key";
/// The secret that Better Auth signs sessions with. It is made once, so that sessions outlive restarts.
const AUTH_SECRET: &str = "BETTER_AUTH_SECRET";
/// The most documents that [`DataFolder::documents`] returns.
const MAX_DOCUMENTS: usize = 1_000;

const DATABASE: &str = "data.sqlite3";
/// The default name of the folder, see [`LocalConfig`](crate::LocalConfig).
const USUAL_NAME: &str = ".convex-local";
/// Everything that this program puts into a data folder.
const OWN_FILES: [&str; 8] = [
    DATABASE,
    "data.sqlite3-wal",
    "data.sqlite3-shm",
    files::FOLDER,
    "functions",
    "server.json",
    transfer::FOLDER,
    "lock",
];

/// The data folder of a backend that is not running.
#[derive(Debug)]
pub struct DataFolder {
    store: Store,
}

/// The reasons why a data folder or its settings could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder cannot be opened: a backend is running on it, or it is damaged.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// SQLite could not read or write.
    #[error(transparent)]
    Meta(#[from] MetaError),
    /// The stored settings are damaged.
    #[error("the stored environment variables are damaged: {0}")]
    Damaged(#[from] serde_json::Error),
    /// The name is not a valid name of an environment variable.
    #[error(
        "\"{0}\" cannot be the name of an environment variable: use letters, digits and \
         underscores, and no digit first"
    )]
    BadName(String),
    /// The folder holds other files, so it is not deleted.
    #[error("{0} holds no data of convex-local; nothing was deleted")]
    Foreign(String),
    /// The operating system refused to delete.
    #[error("cannot delete {path}: {error}")]
    Delete {
        /// The path that was to be deleted.
        path: String,
        /// The operating system's error.
        error: std::io::Error,
    },
    /// A snapshot could not be written.
    #[error("{0}")]
    Export(String),
    /// The change contradicts the app's declaration of the variable.
    #[error("{0}")]
    Declared(String),
    /// The backend sets the variable of this name itself.
    #[error("{0} is set by convex-local itself")]
    Reserved(String),
}

impl DataFolder {
    /// Opens the folder for exclusive use by this process.
    ///
    /// # Errors
    /// [`FolderError::Open`]
    pub fn open(data_dir: &Path) -> Result<Self, FolderError> {
        Ok(Self {
            store: open(data_dir)?,
        })
    }

    /// Deletes this program's data in a folder, even if they are damaged. Other files are kept.
    ///
    /// # Errors
    /// [`FolderError::Open`] while a backend runs on it, [`FolderError::Foreign`] for another kind
    /// of folder, [`FolderError::Delete`].
    pub fn delete(data_dir: &Path) -> Result<(), FolderError> {
        if !data_dir.join(DATABASE).exists() {
            return Err(FolderError::Foreign(data_dir.display().to_string()));
        }
        match Store::open(data_dir, StoreOptions::default()) {
            Ok(store) => drop(store),
            Err(error @ OpenError::InUse { .. }) => return Err(error.into()),
            // Data that cannot be read must be deletable, too.
            Err(_) => {}
        }
        for name in OWN_FILES {
            delete(&data_dir.join(name))?;
        }
        // This succeeds only for an empty folder.
        let _ = std::fs::remove_dir(data_dir);
        Ok(())
    }

    /// Returns the stored environment variables of the functions.
    ///
    /// # Errors
    /// [`FolderError::Meta`], [`FolderError::Damaged`]
    pub fn env(&self) -> Result<BTreeMap<String, String>, FolderError> {
        env(&self.store)
    }

    /// Stores a variable, or removes it if `value` is `None`.
    ///
    /// # Errors
    /// [`FolderError`], for example when the name is invalid.
    pub fn change_env(&self, name: &str, value: Option<String>) -> Result<(), FolderError> {
        change_env(&self.store, name, value)
    }

    /// Returns the names of the app's tables and how many documents they hold.
    #[must_use]
    pub fn tables(&self) -> BTreeMap<String, usize> {
        tables(&self.store)
    }

    /// Writes a snapshot of the data to `path`, which must not exist, and returns the number of documents and stored
    /// files in it. It calls `progress` on the way.
    ///
    /// # Errors
    /// [`FolderError::Export`]; then there is no file at `path`.
    pub fn export(
        &self,
        path: &Path,
        include_file_storage: bool,
        progress: &dyn Fn(String),
    ) -> Result<(usize, usize), FolderError> {
        let files = self.store.dir().join(files::FOLDER);
        let export = Export {
            dump: self.store.dump(),
            files: include_file_storage.then_some(files.as_path()),
            progress,
        };
        let written = export.write(path);
        let Exported { documents, files } =
            written.map_err(|error| FolderError::Export(error.to_string()))?;
        Ok((documents, files))
    }

    /// Returns the first documents of a table in Convex's JSON encoding, oldest first.
    ///
    /// # Errors
    /// [`DbError`] when the name of the table is not valid.
    pub fn documents(&self, table: &str) -> Result<Json, DbError> {
        documents(&self.store, table)
    }
}

/// Opens the data and makes the folder private, whatever mode it was created with: it holds secrets and password
/// hashes.
pub(crate) fn open(data_dir: &Path) -> Result<Store, OpenError> {
    // Best effort: if this fails, the store fails next and reports the reason.
    let _ = private::folder(data_dir);
    let store = Store::open(data_dir, StoreOptions::default())?;
    if let Err(error) = close(data_dir) {
        tracing::warn!(
            folder = %data_dir.display(),
            "others on this machine may be able to read the data and the keys in it ({error}). Make it yours \
             alone: chmod -R go-rwx, on a disk that keeps modes"
        );
    }
    Ok(store)
}

/// Makes the files in the folder private. A folder that also holds other files keeps its own mode, because
/// somebody chose it for those files, too.
fn close(data_dir: &Path) -> std::io::Result<()> {
    let is_ours = data_dir.file_name().is_some_and(|name| name == USUAL_NAME)
        || std::fs::read_dir(data_dir)?.all(|entry| {
            entry.is_ok_and(|entry| OWN_FILES.iter().any(|own| entry.file_name() == *own))
        });
    let mut outcome = Ok(());
    if is_ours {
        outcome = private::restrict_folder(data_dir);
    }
    for name in OWN_FILES {
        outcome = outcome.and(private::restrict(&data_dir.join(name)));
    }
    outcome
}

fn delete(path: &Path) -> Result<(), FolderError> {
    let outcome = match path.is_dir() {
        true => std::fs::remove_dir_all(path),
        false => std::fs::remove_file(path),
    };
    match outcome {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(FolderError::Delete {
            path: path.display().to_string(),
            error,
        }),
        _ => Ok(()),
    }
}

pub(crate) fn env(store: &Store) -> Result<BTreeMap<String, String>, FolderError> {
    match store.meta(ENV)? {
        Some(text) => Ok(serde_json::from_str(&text)?),
        None => Ok(BTreeMap::new()),
    }
}

pub(crate) fn change_env(
    store: &Store,
    name: &str,
    value: Option<String>,
) -> Result<(), FolderError> {
    check_name(name)?;
    let _alone = lock(&CHANGING_ENV);
    let mut env = env(store)?;
    match value {
        Some(value) => env.insert(name.to_owned(), value),
        None => env.remove(name),
    };
    store.set_meta(ENV, &serde_json::to_string(&env)?)?;
    Ok(())
}

/// Checks whether a variable may have this name.
///
/// # Errors
/// [`FolderError::BadName`], [`FolderError::Reserved`]
pub(crate) fn check_name(name: &str) -> Result<(), FolderError> {
    if ["CONVEX_CLOUD_URL", "CONVEX_SITE_URL"].contains(&name) {
        return Err(FolderError::Reserved(name.to_owned()));
    }
    let usable = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let starts_well = !name.starts_with(|c: char| c.is_ascii_digit());
    if !name.is_empty() && starts_well && name.chars().all(usable) {
        Ok(())
    } else {
        Err(FolderError::BadName(name.to_owned()))
    }
}

/// Returns the stored variables. Makes the secret that signs sessions if there is none.
pub(crate) fn env_with_secret(store: &Store) -> Result<BTreeMap<String, String>, FolderError> {
    let mut kept = env(store)?;
    if !kept.contains_key(AUTH_SECRET) {
        change_env(store, AUTH_SECRET, Some(secret()))?;
        kept = env(store)?;
    }
    Ok(kept)
}

/// Returns the admin key, which is made at the first start.
pub(crate) fn admin_key(store: &Store) -> Result<String, FolderError> {
    if let Some(key) = store.meta(ADMIN_KEY)? {
        return Ok(key);
    }
    let key = format!("{}|{}", crate::INSTANCE_NAME, secret());
    store.set_meta(ADMIN_KEY, &key)?;
    Ok(key)
}

/// Returns 48 random letters and digits: 285 bits.
fn secret() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 48)
}

pub(crate) fn tables(store: &Store) -> BTreeMap<String, usize> {
    store.tables(&ComponentPath::root()).into_iter().collect()
}

pub(crate) fn documents(store: &Store, table: &str) -> Result<Json, DbError> {
    let source = json!({ "type": "FullTableScan", "tableName": table, "order": "asc" });
    let query = json!({ "source": source, "operators": [] });
    let page = json!({ "query": query, "cursor": null, "pageSize": MAX_DOCUMENTS });
    let mut answer = store
        .begin()
        .syscall(&ComponentPath::root(), "1.0/queryPage", page)?;
    Ok(answer["page"].take())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(path, permissions).expect("sets the mode");
    }

    fn mode(path: &Path) -> u32 {
        let metadata = std::fs::metadata(path).expect("is there");
        metadata.permissions().mode() & 0o777
    }

    /// Returns the paths below `dir` that other users have permissions on.
    fn open_to_others(dir: &Path) -> Vec<String> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if mode(&path) & 0o077 != 0 {
                found.push(format!("{} {:o}", path.display(), mode(&path)));
            }
            if path.is_dir() {
                found.extend(open_to_others(&path));
            }
        }
        found
    }

    #[test]
    fn a_folder_that_others_can_read_is_made_private_when_it_is_opened() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let dir = parent.path().join(USUAL_NAME);
        drop(open(&dir).expect("opens"));
        for folder in ["files", "files/incoming", "functions"] {
            std::fs::create_dir_all(dir.join(folder)).expect("a folder");
            set_mode(&dir.join(folder), 0o755);
        }
        for file in [
            "files/a",
            "functions/index.json",
            "server.json",
            "data.sqlite3-wal",
        ] {
            std::fs::write(dir.join(file), "").expect("a file");
        }
        for file in [
            "files/a",
            "functions/index.json",
            "server.json",
            DATABASE,
            "lock",
        ] {
            set_mode(&dir.join(file), 0o644);
        }
        set_mode(&dir, 0o755);

        let store = open(&dir).expect("opens again");
        store.set_meta("a", "b").expect("writes");
        assert_eq!(mode(&dir), 0o700);
        assert_eq!(open_to_others(&dir), Vec::<String>::new());
        assert!(
            dir.join("data.sqlite3-wal").exists(),
            "the log is among them"
        );
    }

    #[test]
    fn variables_that_are_set_at_the_same_time_are_all_kept() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = &open(dir.path()).expect("opens");
        std::thread::scope(|scope| {
            for thread in 0..8 {
                scope.spawn(move || {
                    for number in 0..8 {
                        let name = format!("A{thread}_{number}");
                        change_env(store, &name, Some(String::new())).expect("is set");
                    }
                });
            }
        });
        assert_eq!(env(store).expect("reads").len(), 64);
    }

    #[test]
    fn a_folder_with_other_files_keeps_its_mode_and_theirs() {
        let shared = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(shared.path().join("notes.txt"), "").expect("a file");
        set_mode(&shared.path().join("notes.txt"), 0o644);
        set_mode(shared.path(), 0o755);
        drop(open(shared.path()).expect("opens"));
        assert_eq!(mode(shared.path()), 0o755);
        assert_eq!(mode(&shared.path().join("notes.txt")), 0o644);
        assert_eq!(mode(&shared.path().join(DATABASE)), 0o600);
    }
}
