//! The ports of the app and its backend, and the programs that use them.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use super::{Need, Requirement, State};
use crate::workspace::Workspace;

pub(super) const WEB: Requirement = Requirement {
    name: "ports 3000, 3001",
    need: Need::Advice,
    probe: web,
    install: None,
};

pub(super) const BACKEND: Requirement = Requirement {
    name: "ports 3210, 3211",
    need: Need::Advice,
    probe: backend,
    install: None,
};

fn web(_: &Workspace) -> State {
    match taken(&[3000, 3001]) {
        None => State::ready("free"),
        Some(held) => State::caution(
            held,
            "stop it, or start elsewhere: LEPTOS_SITE_ADDR=127.0.0.1:4000 cargo xtask dev",
        ),
    }
}

fn backend(_: &Workspace) -> State {
    match taken(&[3210, 3211]) {
        None => State::ready("free"),
        Some(held) => State::caution(
            held,
            "nothing to do: the local backend takes the next free pair",
        ),
    }
}

/// Names the ports that are taken and, if the system reveals it, the program that uses each.
fn taken(ports: &[u16]) -> Option<String> {
    let busy: Vec<String> = ports
        .iter()
        .filter(|port| TcpListener::bind(("127.0.0.1", **port)).is_err())
        .map(|port| match holder(*port) {
            Some(holder) => format!("{port} taken by {holder}"),
            None => format!("{port} taken"),
        })
        .collect();
    (!busy.is_empty()).then(|| busy.join(", "))
}

/// Returns `name (pid 123)` of the process that listens on a port, from Linux's `/proc`.
fn holder(port: u16) -> Option<String> {
    let inode = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .find_map(|table| listening_inode(table, port))?;
    let socket = format!("socket:[{inode}]");
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        let pid: u32 = process.file_name().to_str()?.parse().ok()?;
        holds(&process.path(), &socket).then_some(())?;
        let name = fs::read_to_string(process.path().join("comm")).ok()?;
        Some(format!("{} (pid {pid})", name.trim()))
    })
}

fn holds(process: &Path, socket: &str) -> bool {
    let Ok(files) = fs::read_dir(process.join("fd")) else {
        return false;
    };
    files
        .flatten()
        .any(|file| fs::read_link(file.path()).is_ok_and(|to| to.as_os_str() == socket))
}

/// Reads the inode from the line whose local port is `port` and whose state is `0A`, listening.
fn listening_inode(table: &str, port: u16) -> Option<String> {
    let suffix = format!(":{port:04X}");
    let text = fs::read_to_string(table).ok()?;
    text.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let listens = columns.get(1)?.ends_with(&suffix) && *columns.get(3)? == "0A";
        listens.then(|| columns.get(9).map(|inode| (*inode).to_owned()))?
    })
}
