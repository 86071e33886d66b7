//! Downloads from a fake host of releases on this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

const TOOL: Released = Released {
    tool: "cargo-leptos",
    path: |version, target| format!("tools/{version}/{target}.tar.gz"),
    targets: &["x86_64-unknown-linux-gnu"],
};

/// Limits of a few seconds, for a host that hangs.
const SHORT: Limits = Limits {
    connect: Duration::from_secs(2),
    stalled: Duration::from_secs(1),
    all: Duration::from_secs(5),
};

/// Builds an archive like those of the projects: the program in a folder, next to a text file.
fn archive() -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in [
        ("cargo-leptos-x86_64/README.md", "cargo-leptos"),
        (
            "cargo-leptos-x86_64/cargo-leptos",
            "#!/bin/sh\necho 0.3.9\n",
        ),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder
            .append_data(&mut header, path, text.as_bytes())
            .expect("an entry");
    }
    builder
        .into_inner()
        .and_then(GzEncoder::finish)
        .expect("an archive")
}

fn pin_of(bytes: &[u8]) -> Pin {
    let digest = Sha256::digest(bytes);
    Pin {
        tool: "cargo-leptos".to_owned(),
        version: "0.3.9".to_owned(),
        target: "x86_64-unknown-linux-gnu".to_owned(),
        sha256: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

/// Answers one request with `answer`, which gets its path.
fn serve(answer: impl FnOnce(&str, TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        let mut lines = BufReader::new(stream.try_clone().expect("a socket")).lines();
        let first = lines.next().expect("a request").expect("its first line");
        while lines
            .next()
            .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
        {}
        let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
        answer(&path, stream);
    });
    format!("http://{address}")
}

fn send(mut stream: TcpStream, status: &str, length: usize, body: &[u8]) {
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("a head");
    stream.write_all(body).expect("a body");
}

/// Installs from a host and returns the error's text and whether a program is in place.
fn install_from(base: &str, pin: &Pin) -> (Result<(), String>, bool) {
    let dir = tempfile::tempdir().expect("a folder");
    let (scratch, into) = (dir.path().join("scratch"), dir.path().join("bin"));
    let result = TOOL.get(pin, base, SHORT, &scratch, &into);
    let left: Vec<_> = fs::read_dir(&scratch).into_iter().flatten().collect();
    assert!(left.is_empty(), "nothing is left behind: {left:?}");
    let program = into.join("cargo-leptos");
    let runs = program.exists() && says(&program) == "0.3.9";
    (result.map_err(|error| format!("{error:#}")), runs)
}

fn says(program: &Path) -> String {
    let output = std::process::Command::new(program)
        .output()
        .expect("it runs");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

#[test]
fn a_released_program_is_unpacked_and_runs() {
    let bytes = archive();
    let pin = pin_of(&bytes);
    let base = serve(move |path, stream| {
        assert_eq!(path, "/mirror/tools/0.3.9/x86_64-unknown-linux-gnu.tar.gz");
        send(stream, "200 OK", bytes.len(), &bytes);
    });
    let (result, runs) = install_from(&format!("{base}/mirror/"), &pin);
    assert_eq!(result, Ok(()));
    assert!(runs);
}

#[test]
fn an_archive_with_a_wrong_checksum_is_not_unpacked() {
    let bytes = archive();
    let pin = pin_of(b"another one");
    let base = serve(move |_, stream| send(stream, "200 OK", bytes.len(), &bytes));
    let (result, runs) = install_from(&base, &pin);
    let error = result.expect_err("a wrong checksum");
    assert!(error.contains("is not the released one"), "{error}");
    assert!(error.contains(&pin.sha256) && !runs, "{error}");
}

#[test]
fn an_error_names_what_went_wrong_with_the_download() {
    let bytes = archive();
    let pin = pin_of(&bytes);
    let missing = serve(|_, stream| send(stream, "404 Not Found", 0, b""));
    let cut_off = serve(move |_, stream| send(stream, "200 OK", bytes.len() * 2, &bytes));
    // It neither answers nor closes the connection.
    let silent = serve(|_, mut stream| {
        let _ = stream.read(&mut [0]);
    });
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}", listener.local_addr().expect("its address"))
    };
    for (base, expected) in [
        (missing.as_str(), "the answer was 404"),
        (&cut_off, "broke off"),
        (&silent, "too slow"),
        (&nobody, "nothing answers there"),
        ("http://no-such-host.invalid", "no such host, or no network"),
    ] {
        let (result, runs) = install_from(base, &pin);
        let error = result.expect_err(expected);
        assert!(error.contains(expected) && !runs, "{expected}: {error}");
    }
}

#[test]
fn the_table_has_valid_versions_and_checksums() {
    for pin in pins().expect("a table") {
        assert!(Version::parse(&pin.version).is_some(), "{pin:?}");
        let is_checksum =
            pin.sha256.len() == 64 && pin.sha256.chars().all(|c| c.is_ascii_hexdigit());
        assert!(is_checksum, "{pin:?}");
    }
}
