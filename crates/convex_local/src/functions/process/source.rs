//! The runner's JavaScript, which is embedded in this library and written to the data folder.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::functions::error::StartError;
use crate::private;

macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../node/", $name)))),*]
    };
}

const SOURCES: &[(&str, &str)] = sources![
    "bridge.mjs",
    "bundle.mjs",
    "cache.mjs",
    "calls.mjs",
    "channel.mjs",
    "config.mjs",
    "earlier.mjs",
    "entries.mjs",
    "errors.mjs",
    "esbuild.mjs",
    "fetching.mjs",
    "heap.mjs",
    "load.mjs",
    "modules.mjs",
    "plugins.mjs",
    "realms.mjs",
    "runner.mjs",
    "scope.mjs",
    "storage.mjs",
    "subtle.mjs",
    "text.mjs",
    "turns.mjs",
    "watchdog.mjs",
    "realm/blob.js",
    "realm/clone.js",
    "realm/console.js",
    "realm/context.js",
    "realm/core.js",
    "realm/crypto.js",
    "realm/encoding.js",
    "realm/events.js",
    "realm/fetch.js",
    "realm/headers.js",
    "realm/http.js",
    "realm/language.js",
    "realm/performance.js",
    "realm/storage.js",
    "realm/streams.js",
    "realm/timers.js",
    "realm/url.js",
    "realm/unchanged.js",
    "realm/weak.js",
    "realm/writable.js",
];

/// The runner on disk.
#[derive(Clone, Debug)]
pub(crate) struct RunnerSource {
    /// The entry file.
    pub(crate) entry: PathBuf,
    /// Changes with the runner's code; kept bundles of another version are not used.
    pub(crate) version: String,
}

/// Writes the runner under `dir` unless this version is there already.
pub(crate) fn install(dir: &Path) -> Result<RunnerSource, StartError> {
    let mut hash = Sha256::new();
    for (name, text) in SOURCES {
        hash.update(name);
        hash.update(text);
    }
    let digest = hash.finalize();
    let version: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let folder = dir.join(format!("runner-{version}"));
    write_all(&folder).map_err(|source| StartError::Io {
        doing: "write the functions runner into the data folder",
        source,
    })?;
    Ok(RunnerSource {
        entry: folder.join("runner.mjs"),
        version,
    })
}

fn write_all(folder: &Path) -> std::io::Result<()> {
    private::folder(folder)?;
    private::folder(&folder.join("realm"))?;
    for (name, text) in SOURCES {
        let file = folder.join(name);
        if std::fs::read_to_string(&file).is_ok_and(|present| present == *text) {
            continue;
        }
        private::file(&file)?.write_all(text.as_bytes())?;
    }
    Ok(())
}
