//! The watcher of the functions' source files: the folder, and imported files outside of it.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use notify::event::ModifyKind;
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use super::event::Event;
use crate::functions::error::StartError;
use crate::functions::folder::Manifest;
use crate::lock::lock;

/// Packages change together with npm's lock file in this folder, which is watched.
const PACKAGES: &str = "node_modules";

/// Sends [`Event::Changed`] for each change of a file that went into the functions.
#[derive(Debug)]
pub(crate) struct FolderWatcher {
    watcher: RecommendedWatcher,
    watched: Arc<Mutex<Watched>>,
    events: mpsc::UnboundedSender<Event>,
}

/// The watched paths.
#[derive(Debug, Default)]
struct Watched {
    /// Folders with everything below them: those of the app and of its own components.
    folders: Vec<PathBuf>,
    /// Those of them that were removed or renamed, which ends the watch on them.
    gone: HashSet<PathBuf>,
    /// Files elsewhere.
    files: HashSet<PathBuf>,
    /// The folders of those files.
    around: BTreeSet<PathBuf>,
}

impl FolderWatcher {
    /// Watches the functions folder.
    ///
    /// # Errors
    /// When the system does not let it be watched.
    pub(crate) fn start(
        dir: &Path,
        events: mpsc::UnboundedSender<Event>,
    ) -> Result<Self, StartError> {
        let watched = Arc::new(Mutex::new(Watched::default()));
        let known = Arc::clone(&watched);
        let changes = events.clone();
        let watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| match event {
                Ok(event) if matches!(event.kind, EventKind::Access(_)) => {}
                Ok(event) => {
                    let mut known = lock(&known);
                    known.note_gone(&event);
                    // If the system's queue has overflowed, the event has no paths.
                    let concerns =
                        event.need_rescan() || event.paths.iter().any(|path| known.concerns(path));
                    if concerns {
                        // Sending fails only while the functions are being dropped.
                        let _ = changes.send(Event::Changed);
                    }
                }
                Err(error) => tracing::warn!(%error, "watching the functions folder"),
            });
        let mut this = Self {
            watcher: watcher.map_err(failed)?,
            watched,
            events,
        };
        this.add_folder(dir).map_err(failed)?;
        Ok(this)
    }

    /// Also watches the inputs of a load. Logs paths that cannot be watched.
    pub(crate) fn follow(&mut self, manifest: &Manifest) {
        for definition in &manifest.definitions {
            if !is_package(&definition.dir) {
                let added = self.add_folder(&definition.dir);
                warn(&definition.dir, added);
            }
        }
        let deciding = manifest.deciding.iter();
        let outside = manifest.inputs.iter().filter(|file| !is_package(file));
        for file in deciding.chain(outside) {
            if let Some(folder) = self.note_file(file) {
                let added = self.watcher.watch(&folder, RecursiveMode::NonRecursive);
                warn(&folder, added);
            }
        }
    }

    fn add_folder(&mut self, dir: &Path) -> notify::Result<()> {
        let (is_known, is_back) = {
            let watched = lock(&self.watched);
            let mut folders = watched.folders.iter();
            let is_known = folders.any(|folder| dir.starts_with(folder));
            (is_known, watched.gone.contains(dir) && dir.is_dir())
        };
        if is_known && !is_back {
            return Ok(());
        }
        self.watcher.watch(dir, RecursiveMode::Recursive)?;
        let mut watched = lock(&self.watched);
        if !is_back {
            watched.folders.push(dir.to_owned());
            return Ok(());
        }
        watched.gone.remove(dir);
        // A file may have changed before the watch began. Sending fails only while the functions are being dropped.
        let _ = self.events.send(Event::Changed);
        Ok(())
    }

    /// Notes a file; returns its folder if that is not watched yet.
    fn note_file(&self, file: &Path) -> Option<PathBuf> {
        let mut watched = lock(&self.watched);
        let folder = file.parent()?;
        if watched.folders.iter().any(|it| file.starts_with(it)) {
            return None;
        }
        watched.files.insert(file.to_owned());
        (folder.is_dir() && watched.around.insert(folder.to_owned())).then(|| folder.to_owned())
    }
}

impl Watched {
    /// Notes the watched folders that an event removes or renames.
    fn note_gone(&mut self, event: &notify::Event) {
        let Self { folders, gone, .. } = self;
        if matches!(
            event.kind,
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))
        ) {
            let paths = event.paths.iter();
            gone.extend(paths.filter(|path| folders.contains(path)).cloned());
        }
    }

    fn concerns(&self, path: &Path) -> bool {
        self.files.contains(path) || self.folders.iter().any(|folder| path.starts_with(folder))
    }
}

fn is_package(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == PACKAGES)
}

fn failed(error: notify::Error) -> StartError {
    StartError::Io {
        doing: "watch the functions folder",
        source: std::io::Error::other(error),
    }
}

fn warn(path: &Path, watched: notify::Result<()>) {
    if let Err(error) = watched {
        let path = path.display();
        tracing::warn!(%path, %error, "changes in here are not noticed");
    }
}
