//! The limit of open files. Each connection needs one.

/// Allows this process as many open files as the system permits. Many systems start it with 1,024.
#[cfg(unix)]
pub fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// Far more than there are connections.
    const ENOUGH: u64 = 1 << 20;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(ENOUGH).min(ENOUGH);
    if current.is_none_or(|current| current >= wanted) {
        return;
    }
    let raised = Rlimit {
        current: Some(wanted),
        maximum,
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => tracing::debug!(files = wanted, "raised the limit of open files"),
        Err(error) => tracing::debug!(%error, "the limit of open files stays"),
    }
}

/// Does nothing: there is no such limit.
#[cfg(not(unix))]
pub fn raise_limit() {}

/// Returns how many files may be open; `None` without a limit.
#[cfg(unix)]
pub(crate) fn limit() -> Option<usize> {
    use rustix::process::{Resource, getrlimit};

    getrlimit(Resource::Nofile)
        .current
        .and_then(|limit| usize::try_from(limit).ok())
}

#[cfg(not(unix))]
pub(crate) fn limit() -> Option<usize> {
    None
}
