//! The files of an archive, and writing it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::Release;

/// One file of the archive.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its path in the archive's folder.
    pub(super) path: String,
    content: Content,
    pub(super) mode: u32,
}

#[derive(Debug)]
pub(super) enum Content {
    File(PathBuf),
    Text(String),
}

impl Entry {
    pub(super) fn file(path: String, content: Content) -> Self {
        let mode = 0o644;
        Self {
            path,
            content,
            mode,
        }
    }

    pub(super) fn program(path: String, content: Content) -> Self {
        let mode = 0o755;
        Self {
            path,
            content,
            mode,
        }
    }
}

/// Adds all files below a folder.
pub(super) fn add_folder(entries: &mut Vec<Entry>, from: &Path, to: &str) -> Result<()> {
    let listed = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in listed {
        let entry = entry?;
        let name = entry.file_name().into_string();
        let name = name.map_err(|name| anyhow::anyhow!("{} is not UTF-8", name.display()))?;
        let (path, to) = (entry.path(), format!("{to}/{name}"));
        if entry.file_type()?.is_dir() {
            add_folder(entries, &path, &to)?;
        } else {
            entries.push(Entry::file(to, Content::File(path)));
        }
    }
    Ok(())
}

pub(super) fn pack(archive: &Path, release: &Release, mut entries: Vec<Entry>) -> Result<()> {
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let file =
        File::create(archive).with_context(|| format!("cannot write {}", archive.display()))?;
    let mut builder = tar::Builder::new(GzEncoder::new(file, Compression::default()));
    for entry in entries {
        let bytes = match &entry.content {
            Content::Text(text) => text.clone().into_bytes(),
            Content::File(file) => {
                fs::read(file).with_context(|| format!("cannot read {}", file.display()))?
            }
        };
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len().try_into()?);
        header.set_mode(entry.mode);
        header.set_mtime(release.time);
        let path = format!("{}/{}", release.folder, entry.path);
        builder.append_data(&mut header, path, bytes.as_slice())?;
    }
    builder.into_inner()?.finish()?.sync_all()?;
    Ok(())
}

/// Writes `ARCHIVE.sha256`, which `sha256sum --check` reads.
pub(super) fn checksum_file(archive: &Path) -> Result<String> {
    let digest = Sha256::digest(fs::read(archive)?);
    let sum: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let mut beside = archive.as_os_str().to_owned();
    beside.push(".sha256");
    fs::write(&beside, format!("{sum}  {name}\n"))?;
    Ok(sum)
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeMap;
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    pub(in crate::dist) fn entry(path: &str, text: &str) -> Entry {
        Entry::file(path.to_owned(), Content::Text(text.to_owned()))
    }

    pub(in crate::dist) fn release() -> Release {
        Release {
            folder: "app-1.0.0-x86_64".to_owned(),
            description: "version 1.0.0\n".to_owned(),
            time: 1_700_000_000,
        }
    }

    /// Reads paths, modes and contents.
    fn unpacked(archive: &Path) -> BTreeMap<String, (u32, String)> {
        let file = File::open(archive).expect("an archive");
        let mut archive = tar::Archive::new(GzDecoder::new(file));
        let entries = archive.entries().expect("entries");
        entries
            .map(|entry| {
                let mut entry = entry.expect("an entry");
                let path = entry.path().expect("a path").display().to_string();
                let mode = entry.header().mode().expect("a mode");
                let mut text = String::new();
                entry.read_to_string(&mut text).expect("a text");
                (path, (mode, text))
            })
            .collect()
    }

    #[test]
    fn the_same_release_is_packed_into_the_same_bytes_and_its_programs_are_executable() {
        let dir = tempfile::tempdir().expect("a folder");
        let (one, two) = (dir.path().join("1.tar.gz"), dir.path().join("2.tar.gz"));
        let program =
            || Entry::program("start".to_owned(), Content::Text("#!/bin/sh\n".to_owned()));
        // The order of a folder's entries is not defined.
        pack(&one, &release(), vec![program(), entry("site/a.js", "a")]).expect("packed");
        pack(&two, &release(), vec![entry("site/a.js", "a"), program()]).expect("packed");
        assert_eq!(fs::read(&one).expect("one"), fs::read(&two).expect("two"));
        let files = unpacked(&one);
        assert_eq!(files["app-1.0.0-x86_64/start"].0, 0o755);
        assert_eq!(files["app-1.0.0-x86_64/site/a.js"], (0o644, "a".to_owned()));
        let sum = checksum_file(&one).expect("a checksum");
        let line = fs::read_to_string(dir.path().join("1.tar.gz.sha256")).expect("a line");
        assert_eq!(line, format!("{sum}  1.tar.gz\n"));
    }
}
