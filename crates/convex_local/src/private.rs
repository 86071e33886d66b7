//! Files and folders that only their owner may read: they hold keys, password hashes and personal data.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a folder and its missing parents.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Creates a file, or empties the one that is there.
pub(crate) fn file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    open(options, path)
}

/// Creates a file that must not exist yet.
pub(crate) fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    open(options, path)
}

/// Creates a file. An existing file keeps its mode, which [`restrict`] has set.
fn open(mut options: OpenOptions, path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Removes all permissions of others on a file or on a folder with its content. Links are not followed.
///
/// # Errors
/// The first error of the operating system. The other files are changed anyway.
#[cfg(unix)]
pub(crate) fn restrict(path: &Path) -> io::Result<()> {
    let kind = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if kind.is_file() {
        return set_mode(path, 0o600);
    }
    if !kind.is_dir() {
        return Ok(());
    }
    let mut outcome = set_mode(path, 0o700);
    for entry in fs::read_dir(path)? {
        outcome = outcome.and(restrict(&entry?.path()));
    }
    outcome
}

/// Removes all permissions of others on the folder itself.
#[cfg(unix)]
pub(crate) fn restrict_folder(path: &Path) -> io::Result<()> {
    set_mode(path, 0o700)
}

/// Sets the mode, unless it is right already: a folder of another user cannot be changed.
#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut permissions = fs::metadata(path)?.permissions();
    if permissions.mode() & 0o777 == mode {
        return Ok(());
    }
    permissions.set_mode(mode);
    fs::set_permissions(path, permissions)
}

#[cfg(not(unix))]
pub(crate) fn restrict(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
pub(crate) fn restrict_folder(_: &Path) -> io::Result<()> {
    Ok(())
}
