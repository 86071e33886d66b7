//! Resident memory of a process and its children.

use std::process::Command;

use serde::Serialize;

/// Mebibytes; `None` if `ps` does not report them.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Resident {
    pub(crate) server: Option<f64>,
    /// All descendants together: the Node.js processes that run functions.
    pub(crate) children: Option<f64>,
}

/// Returns the current memory of `pid` and its descendants.
pub(crate) fn of(pid: u32) -> Resident {
    let Some(processes) = processes() else {
        return Resident::default();
    };
    let mut family = vec![pid];
    let mut next = 0;
    while let Some(&parent) = family.get(next) {
        family.extend(
            processes
                .iter()
                .filter(|p| p.parent == parent)
                .map(|p| p.pid),
        );
        next += 1;
    }
    let resident = |pid: u32| {
        processes
            .iter()
            .find(|p| p.pid == pid)
            .map_or(0.0, |p| p.kibibytes / 1024.0)
    };
    Resident {
        server: Some(resident(pid)),
        children: Some(
            family
                .iter()
                .skip(1)
                .fold(0.0, |sum, pid| sum + resident(*pid)),
        ),
    }
}

struct Process {
    pid: u32,
    parent: u32,
    kibibytes: f64,
}

fn processes() -> Option<Vec<Process>> {
    let output = Command::new("ps")
        .args(["-A", "-o", "pid=,ppid=,rss="])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let read = |line: &str| {
        let mut columns = line.split_whitespace();
        let pid = columns.next()?.parse().ok()?;
        let parent = columns.next()?.parse().ok()?;
        Some(Process {
            pid,
            parent,
            kibibytes: columns.next()?.parse().ok()?,
        })
    };
    Some(text.lines().filter_map(read).collect())
}
