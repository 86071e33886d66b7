//! The file by which the `convex-local` command finds a running backend, in its data folder.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::private;

/// The addresses and the key of a running backend. Only its owner may read the file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerFile {
    /// Address of the functions API.
    pub cloud_url: String,
    /// Address of the HTTP actions.
    pub site_url: String,
    /// For `Authorization: Convex <key>`.
    pub admin_key: String,
}

impl std::fmt::Debug for ServerFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerFile")
            .field("cloud_url", &self.cloud_url)
            .finish_non_exhaustive()
    }
}

impl ServerFile {
    /// Reads the file of the backend that runs on `data_dir`; `None` if there is none or it is damaged. A killed
    /// backend leaves its file, so check that the address answers.
    #[must_use]
    pub fn read(data_dir: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(path(data_dir)).ok()?).ok()
    }

    pub(crate) fn write(&self, data_dir: &Path) -> io::Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        let path = path(data_dir);
        // An existing file would keep its mode.
        let _ = fs::remove_file(&path);
        private::new_file(&path)?.write_all(&text)
    }

    pub(crate) fn remove(data_dir: &Path) {
        // Best effort: a file that is left behind is recognised as stale.
        let _ = fs::remove_file(path(data_dir));
    }
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("server.json")
}
