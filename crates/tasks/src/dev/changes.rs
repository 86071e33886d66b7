//! Changes of the files in some folders.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The source files of some folders, and when each was saved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Snapshot(BTreeMap<PathBuf, SystemTime>);

/// The difference between two snapshots of the folders.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Files with changed contents, and new ones.
    pub(super) saved: Vec<(PathBuf, SystemTime)>,
    /// Whether a file was added or removed. Renaming does both.
    pub(super) came_or_went: bool,
}

impl Snapshot {
    /// Lists all files below the folders, without those that cannot be read.
    pub(super) fn of(folders: &[PathBuf]) -> Self {
        let mut files = BTreeMap::new();
        for folder in folders {
            add(folder, &mut files);
        }
        Self(files)
    }

    /// Returns the changes since an earlier snapshot.
    pub(super) fn since(&self, earlier: &Self) -> Changes {
        // Each file is compared. If only the newest times were, a file with a time in the future would hide all later
        // changes.
        let saved = self.0.iter().filter(|(file, time)| {
            let known = earlier.0.get(*file);
            known != Some(*time)
        });
        let is_known = |file: &PathBuf| earlier.0.contains_key(file);
        Changes {
            saved: saved.map(|(file, time)| (file.clone(), *time)).collect(),
            came_or_went: self.0.len() != earlier.0.len() || !self.0.keys().all(is_known),
        }
    }
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        self.saved.is_empty() && !self.came_or_went
    }

    /// Returns the file that was saved last.
    pub(super) fn last(&self) -> Option<&(PathBuf, SystemTime)> {
        self.saved.iter().max_by_key(|(_, time)| *time)
    }
}

fn add(dir: &Path, files: &mut BTreeMap<PathBuf, SystemTime>) {
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        // Generated files, and files that editors keep next to an open one.
        let is_ours = !matches!(&*name, "_generated" | "node_modules" | "target" | "api.rs")
            && !name.starts_with(['.', '#'])
            && !name.ends_with('~');
        if !is_ours {
            continue;
        }
        if path.is_dir() {
            add(&path, files);
        } else if let Ok(time) = entry.metadata().and_then(|data| data.modified()) {
            files.insert(path, time);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn write(dir: &Path, name: &str, text: &str) -> PathBuf {
        let file = dir.join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(&file, text).expect("written");
        file
    }

    fn date(file: &Path, time: SystemTime) {
        let file = fs::File::options().append(true).open(file).expect("a file");
        file.set_modified(time).expect("a time");
    }

    #[test]
    fn a_renamed_file_is_noticed() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = write(dir.path(), "todos.ts", "");
        let look = || Snapshot::of(&[dir.path().to_owned()]);
        let before = look();
        fs::rename(&file, dir.path().join("tasks.ts")).expect("renamed");
        let changes = look().since(&before);
        assert!(changes.came_or_went && !changes.is_empty());
        assert_eq!(changes.saved.len(), 1);
    }

    #[test]
    fn a_file_with_a_time_in_the_future_hides_no_changes() {
        let dir = tempfile::tempdir().expect("a folder");
        let (crons, todos) = (
            write(dir.path(), "crons.ts", ""),
            write(dir.path(), "deep/todos.ts", ""),
        );
        let now = SystemTime::now();
        date(&crons, now + Duration::from_secs(86_400));
        let look = || Snapshot::of(&[dir.path().to_owned()]);
        let before = look();
        assert!(look().since(&before).is_empty());
        let saved = now + Duration::from_secs(3);
        date(&todos, saved);
        let changes = look().since(&before);
        assert_eq!(changes.last(), Some(&(todos, saved)));
        assert!(!changes.came_or_went);
    }

    #[test]
    fn generated_files_and_files_of_editors_are_ignored() {
        let dir = tempfile::tempdir().expect("a folder");
        let look = || Snapshot::of(&[dir.path().to_owned()]);
        let before = look();
        for name in [
            "_generated/api.d.ts",
            "api.rs",
            ".todos.ts.swp",
            "todos.ts~",
            "#todos.ts#",
        ] {
            write(dir.path(), name, "");
        }
        assert!(look().since(&before).is_empty());
    }
}
