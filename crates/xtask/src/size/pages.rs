//! The files that each page loads, requested from the release build as a browser would.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File as LogFile};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use leptos_convex_tasks::process::tool;
use leptos_convex_tasks::workspace::Workspace;

use super::budget::Budget;
use super::page::{File, Kind, Page, Visitor};
use super::references::{files_of_module, files_of_page};
use crate::served::{Server, Site};

/// The working folder of the server, with its own database.
const PLACE: &str = "target/size/server";

/// The time limit for the compression of the files, which begins after the server has started.
const COMPRESSION_LIMIT: Duration = Duration::from_secs(120);

/// The size in bytes below which files are sent uncompressed (`server/src/assets/encode.rs`).
const NOT_WORTH_IT: usize = 1024;

/// Starts the release build with its embedded backend and loads every page of the budget, signed out and signed in.
///
/// # Errors
/// When it is not built, does not start, or answers unexpectedly.
pub(super) fn measure(workspace: &Workspace, budget: &Budget) -> Result<Vec<Page>> {
    let place = place(workspace)?;
    let site = Site::on_free_port(Some(place.join("cookies")))?;
    let server = start(workspace, &place, &site)?;
    site.sign_up()?;
    let mut pages = Vec::new();
    let mut files = Files::default();
    for path in budget.pages.keys() {
        for visitor in [Visitor::SignedOut, Visitor::SignedIn] {
            let browser = match visitor {
                Visitor::SignedOut => site.signed_out(),
                Visitor::SignedIn => site.clone(),
            };
            let page = load(&browser, path, visitor, &mut files);
            pages.push(page.with_context(|| format!("{path} cannot be measured"))?);
        }
    }
    server.stop()?;
    Ok(pages)
}

/// Creates an empty folder with links to the functions and the npm packages.
fn place(workspace: &Workspace) -> Result<PathBuf> {
    let place = workspace.path(PLACE);
    if place.exists() {
        fs::remove_dir_all(&place).with_context(|| format!("cannot empty {}", place.display()))?;
    }
    fs::create_dir_all(&place).with_context(|| format!("cannot make {}", place.display()))?;
    for shared in ["convex", "node_modules", "package.json", "tsconfig.json"] {
        let from = workspace.path(shared);
        if from.exists() {
            std::os::unix::fs::symlink(from, place.join(shared))?;
        }
    }
    Ok(place)
}

fn start(workspace: &Workspace, place: &std::path::Path, site: &Site) -> Result<Server> {
    let program = workspace.path("target/release/server");
    if !program.exists() {
        bail!("{} is not there: run without --no-build", program.display());
    }
    let log = place.join("server.log");
    let mut command = tool(workspace, &program.to_string_lossy());
    command
        .current_dir(place)
        .env("LEPTOS_SITE_ADDR", format!("127.0.0.1:{}", site.port))
        .env("LEPTOS_SITE_ROOT", workspace.path("target/site"))
        .env("SITE_URL", site.origin())
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(LogFile::create(&log)?)
        .stderr(LogFile::options().append(true).open(&log)?);
    for name in ["CONVEX_URL", "CONVEX_SITE_URL", "TRUSTED_PROXIES"] {
        command.env_remove(name);
    }
    Server::start(&mut command, site).with_context(|| format!("its log is {}", log.display()))
}

/// Loads a page and all its files.
fn load(browser: &Site, path: &str, visitor: Visitor, files: &mut Files) -> Result<Page> {
    let answer = browser.ask(path, &["--header", "accept: text/html"])?;
    let to = answer.header("location").map(str::to_owned);
    let is_html = answer
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("text/html"));
    match answer.status {
        300..400 if to.is_some() => {}
        404 | 500.. => bail!("it answers {}", answer.status),
        _ if !is_html => bail!("it answers {} without a page", answer.status),
        _ => {}
    }
    let mut waiting: Vec<String> = match to {
        Some(_) => Vec::new(),
        None => files_of_page(&answer.text()).into_iter().collect(),
    };
    let mut loaded = BTreeSet::new();
    while let Some(file) = waiting.pop() {
        if loaded.insert(file.clone()) {
            waiting.extend(files.get(browser, &file)?.imports.iter().cloned());
        }
    }
    let mut loaded: Vec<File> = loaded
        .iter()
        .filter_map(|path| files.0.get(path).map(|known| known.file.clone()))
        .collect();
    loaded.sort_by(|a, b| (a.kind, &a.path).cmp(&(b.kind, &b.path)));
    Ok(Page {
        path: path.to_owned(),
        visitor,
        to,
        html: answer.body.len(),
        files: loaded,
    })
}

/// The loaded files by path.
#[derive(Default)]
struct Files(BTreeMap<String, Known>);

struct Known {
    file: File,
    /// The files that its code imports.
    imports: BTreeSet<String>,
}

impl Files {
    fn get(&mut self, browser: &Site, path: &str) -> Result<&Known> {
        if !self.0.contains_key(path) {
            let known = fetch(browser, path)?;
            self.0.insert(path.to_owned(), known);
        }
        Ok(&self.0[path])
    }
}

/// Loads a file uncompressed, and compressed once the server has done so.
fn fetch(browser: &Site, path: &str) -> Result<Known> {
    let kind = Kind::of(path).with_context(|| format!("{path} is of no kind that counts"))?;
    let plain = browser.ask(path, &[])?;
    if plain.status != 200 {
        bail!("{path}, which the page names, answers {}", plain.status);
    }
    let raw = plain.body.len();
    let begun = Instant::now();
    let brotli = loop {
        let sent = browser.ask(path, &["--header", "accept-encoding: br"])?;
        match sent.header("content-encoding") {
            Some("br") => break sent.body.len(),
            None if raw < NOT_WORTH_IT => break sent.body.len(),
            None if begun.elapsed() < COMPRESSION_LIMIT => {
                std::thread::sleep(Duration::from_millis(200));
            }
            None => bail!("the server does not send {path} as brotli"),
            Some(other) => {
                bail!("the server sends {path} as {other} to a browser that takes brotli")
            }
        }
    };
    let imports = match kind {
        Kind::Js => files_of_module(path, &plain.text()),
        Kind::Wasm | Kind::Css => BTreeSet::new(),
    };
    let path = path.to_owned();
    let file = File {
        path,
        kind,
        raw,
        brotli,
    };
    Ok(Known { file, imports })
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use super::*;

    /// A file of the fake server: path, content type, body, compressed body.
    type Entry = (&'static str, &'static str, Vec<u8>, Option<Vec<u8>>);

    /// Starts a server whose first answers are uncompressed, like one that is still compressing.
    fn serve(site: Vec<Entry>) -> Site {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        std::thread::spawn(move || {
            let mut early = 2;
            for stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(&stream);
                let mut head = String::new();
                while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
                let path = head.split(' ').nth(1).unwrap_or_default();
                let wanted = head.contains("accept-encoding: br");
                let found = site.iter().find(|(name, ..)| *name == path);
                let (status, kind, coding, body) = match found {
                    None => ("404 Not Found", "text/plain", "", Vec::new()),
                    Some((_, kind, _, Some(brotli))) if wanted && early == 0 => {
                        ("200 OK", *kind, "content-encoding: br\r\n", brotli.clone())
                    }
                    Some((_, kind, plain, brotli)) => {
                        early -= usize::from(wanted && brotli.is_some()).min(early);
                        ("200 OK", *kind, "", plain.clone())
                    }
                };
                let head = format!(
                    "HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{coding}content-length: {}\r\nconnection: close\r\n\r\n",
                    body.len()
                );
                let _ = (&stream).write_all(head.as_bytes());
                let _ = (&stream).write_all(&body);
            }
        });
        Site { port, jar: None }
    }

    #[test]
    fn the_size_of_a_page_is_what_the_server_sends() {
        let html =
            br#"<link href="/a.css"><script>import("/pkg/a.js").then("/pkg/a.wasm")</script>"#;
        let mut glue = br#"import{f}from"./b.js";"#.to_vec();
        glue.resize(2000, b' ');
        let site = serve(vec![
            ("/page", "text/html", html.to_vec(), None),
            ("/a.css", "text/css", vec![b' '; 5000], Some(vec![1; 50])),
            ("/pkg/a.js", "text/javascript", glue, Some(vec![2; 60])),
            ("/pkg/b.js", "text/javascript", b"f()".to_vec(), None),
            (
                "/pkg/a.wasm",
                "application/wasm",
                vec![0; 9000],
                Some(vec![3; 700]),
            ),
        ]);
        let page = load(&site, "/page", Visitor::SignedOut, &mut Files::default());
        let page = page.expect("a page");
        assert_eq!(page.html, html.len());
        let sizes = |kind| {
            let files = page.files.iter().filter(|file| file.kind == kind);
            files
                .map(|file| (file.raw, file.brotli))
                .collect::<Vec<_>>()
        };
        assert_eq!(sizes(Kind::Css), [(5000, 50)]);
        // The small module is not worth compressing.
        assert_eq!(sizes(Kind::Js), [(2000, 60), (3, 3)]);
        assert_eq!(sizes(Kind::Wasm), [(9000, 700)]);
        assert_eq!(page.brotli(Kind::Js), 63);
    }

    #[test]
    fn missing_pages_and_files_are_errors() {
        let html = br#"<script src="/gone.js"></script>"#.to_vec();
        let site = serve(vec![
            ("/page", "text/html", html, None),
            ("/text", "text/plain", Vec::new(), None),
        ]);
        let error = |path| {
            let page = load(&site, path, Visitor::SignedOut, &mut Files::default());
            page.expect_err("no page").to_string()
        };
        assert_eq!(error("/other"), "it answers 404");
        assert_eq!(error("/text"), "it answers 200 without a page");
        assert_eq!(
            error("/page"),
            "/gone.js, which the page names, answers 404"
        );
    }
}
