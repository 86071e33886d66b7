//! Snapshots made by hand in the layout of `npx convex export`, and `convex-local`'s own commands.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value as Json, json};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use crate::support::Server;

/// Returns a ZIP file with these entries.
pub(crate) fn archive(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// Returns the entries of a ZIP file.
pub(crate) fn entries(archive: &[u8]) -> BTreeMap<String, String> {
    let mut zip = ZipArchive::new(Cursor::new(archive)).expect("a ZIP file");
    let mut entries = BTreeMap::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).unwrap();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        entries.insert(entry.name().to_owned(), content);
    }
    entries
}

/// Parses each line of an entry.
fn rows(text: &str) -> Vec<Json> {
    let rows = text.lines().map(|line| serde_json::from_str(line).unwrap());
    rows.collect()
}

/// A data folder of the fixture app and the command that works on it.
struct Folder {
    dir: TempDir,
}

impl Folder {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        Self { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> (bool, String) {
        run_on(&self.path("data"), self.dir.path(), arguments)
    }

    fn ok(&self, arguments: &[&str]) -> String {
        let (ok, said) = self.run(arguments);
        assert!(ok, "{arguments:?}: {said}");
        said
    }

    fn refused(&self, arguments: &[&str]) -> String {
        let (ok, said) = self.run(arguments);
        assert!(!ok, "{arguments:?}: {said}");
        said
    }

    fn exported(&self) -> BTreeMap<String, String> {
        let path = self.path("out.zip");
        self.ok(&[
            "export",
            "--path",
            path.to_str().unwrap(),
            "--include-file-storage",
        ]);
        let archive = std::fs::read(&path).unwrap();
        std::fs::remove_file(path).unwrap();
        entries(&archive)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }
}

fn run_on(data: &Path, dir: &Path, arguments: &[&str]) -> (bool, String) {
    // The app needs the variable TEST_JWKS, which is not set here.
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/todos/convex");
    run_with(&fixture, data, dir, arguments)
}

/// Runs the command for the app in `convex`. Returns whether it succeeded, and its output.
pub(crate) fn run_with(
    convex: &Path,
    data: &Path,
    dir: &Path,
    arguments: &[&str],
) -> (bool, String) {
    let done = Command::new(env!("CARGO_BIN_EXE_convex-local"))
        .arg("--convex-dir")
        .arg(convex)
        .arg("--data-dir")
        .arg(data)
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (done.status.success(), said)
}

/// A snapshot as a deployment writes it: ids with its own table numbers, every kind of value, a component,
/// a file, and tables of the backend itself.
const OFFICIAL: &[(&str, &str)] = &[
    ("README.md", "# Welcome to your Convex snapshot export!\n"),
    (
        "_tables/documents.jsonl",
        "{\"name\":\"notes\",\"id\":10007}\n{\"name\":\"things\",\"id\":10002}\n",
    ),
    (
        "_components/shop/_tables/documents.jsonl",
        "{\"name\":\"carts\",\"id\":10001}\n",
    ),
    ("notes/documents.jsonl", NOTES),
    ("notes/generated_schema.jsonl", "\"uniform\"\n"),
    ("things/documents.jsonl", THINGS),
    ("things/generated_schema.jsonl", "\"uniform\"\n"),
    ("_components/shop/carts/documents.jsonl", CARTS),
    (
        "_components/shop/carts/generated_schema.jsonl",
        "\"uniform\"\n",
    ),
    ("_scheduled_functions/documents.jsonl", "{\"name\":\"x\"}\n"),
    ("_storage/documents.jsonl", STORAGE),
    ("_storage/kg21048j2ca1a5gq30chm6rw3mf1y6kt.csv", "a,b"),
];

const NOTES: &str = concat!(
    r#"{"_creationTime":1700000000000.1233,"_id":"jx71048j2ca1a5gq30chm6rw3mf1yqrf","text":"tea"}"#,
    "\n",
    r#"{"_creationTime":1700000000001.0,"_id":"jx7208924cj2a9h750mjmasc5mq2yr4q","text":"é\u0000"}"#,
    "\n",
);
const THINGS: &str = concat!(
    r#"{"_creationTime":1700000000002.0,"_id":"j971048j2ca1a5gq30chm6rw3mf1ypnm","big":9007199254740993,"#,
    r#""bytes":{"$bytes":"AQID"},"inf":{"$float":"AAAAAAAA8H8="},"list":[1,1.0,null,true,{"a":-5}],"#,
    r#""nan":{"$float":"AAAAAAAA+H8="},"note":"jx71048j2ca1a5gq30chm6rw3mf1yqrf","small":5e-324,"#,
    r#""sum":0.30000000000000004,"zero":-0.0}"#,
    "\n",
);
const CARTS: &str = concat!(
    r#"{"_creationTime":1700000000003.0,"_id":"j571048j2ca1a5gq30chm6rw3mf1ypd2","paid":false}"#,
    "\n",
);
/// The checksum is that of `a,b`.
const STORAGE: &str = concat!(
    r#"{"_creationTime":1700000000004.5,"_id":"kg21048j2ca1a5gq30chm6rw3mf1y6kt","contentType":"text/csv","#,
    r#""internalId":"8cdd3ad5-3a6e-4f0e-8a0c-3f3a0d9f0b11","#,
    r#""sha256":"HrfFTVKDG7/olCrwscVrdAlSOlntbKmcEXT+9+sywbU=","size":3}"#,
    "\n",
);

#[test]
fn a_snapshot_of_a_deployment_survives_import_export_reset_and_import() {
    let folder = Folder::new();
    folder.write("official.zip", archive(OFFICIAL));
    let said = folder.ok(&["import", "official.zip"]);
    assert!(said.contains("Added 4 documents"), "{said}");

    let first = folder.exported();
    for (name, content) in OFFICIAL {
        let is_table = name.ends_with("documents.jsonl") || name.ends_with("schema.jsonl");
        let is_ours = name.contains("_tables") || name.contains("_scheduled");
        if name.starts_with("_storage") && is_table {
            assert_eq!(rows(&first[*name]), rows(content), "{name}");
        } else if is_table && !is_ours {
            assert_eq!(first[*name], *content, "{name}");
        }
    }
    assert_eq!(first["_storage/kg21048j2ca1a5gq30chm6rw3mf1y6kt"], "a,b");
    let tables = rows(&first["_tables/documents.jsonl"]);
    assert!(tables.contains(&json!({ "name": "notes", "id": 10007 })));

    let path = folder.path("kept.zip");
    let path = path.to_str().unwrap();
    folder.ok(&["export", "--path", path, "--include-file-storage"]);
    folder.ok(&["reset", "--yes"]);
    folder.ok(&["import", path]);
    assert_eq!(folder.exported(), first);
}

#[test]
fn modes_decide_what_happens_to_existing_documents() {
    let folder = Folder::new();
    folder.write("one.jsonl", "{\"text\":\"one\"}\n");
    folder.write("two.json", "[{\"text\":\"two\"}]");
    let import = |file, more: &[&str]| {
        let arguments = [&["import", "--table", "notes", file], more].concat();
        folder.run(&arguments)
    };
    assert!(import("one.jsonl", &[]).0);
    let (ok, said) = import("two.json", &[]);
    assert!(!ok && said.contains("Table notes already exists"), "{said}");
    assert!(import("two.json", &["--append"]).0);
    assert_eq!(
        folder.exported()["notes/documents.jsonl"].lines().count(),
        2
    );
    // Nobody can confirm here that documents are deleted.
    let (ok, said) = import("one.jsonl", &["--replace"]);
    assert!(!ok && said.contains("-y"), "{said}");
    assert!(import("one.jsonl", &["--replace", "-y"]).0);
    assert_eq!(
        folder.exported()["notes/documents.jsonl"].lines().count(),
        1
    );
    folder.write("todos.csv", "owner,text,done\n");
    folder.ok(&[
        "import",
        "--table",
        "todos",
        "todos.csv",
        "--replace-all",
        "-y",
    ]);
    assert_eq!(folder.exported()["notes/documents.jsonl"], "");
}

#[test]
fn a_snapshot_without_stored_files_replaces_those_that_are_there() {
    let folder = Folder::new();
    folder.write("with.zip", archive(OFFICIAL));
    folder.ok(&["import", "with.zip"]);
    let file = "_storage/kg21048j2ca1a5gq30chm6rw3mf1y6kt";
    assert!(folder.exported().contains_key(file));
    folder.write("without.zip", archive(&[("_storage/documents.jsonl", "")]));
    let said = folder.refused(&["import", "without.zip"]);
    assert!(said.contains("Table _storage already exists"), "{said}");
    folder.ok(&["import", "without.zip", "--replace", "-y"]);
    let exported = folder.exported();
    assert!(!exported.contains_key(file));
    assert_eq!(exported["notes/documents.jsonl"], NOTES);
}

#[test]
fn what_cannot_be_imported_is_named_and_changes_nothing() {
    let folder = Folder::new();
    folder.write("kept.jsonl", "{\"text\":\"kept\"}\n");
    folder.ok(&["import", "--table", "notes", "kept.jsonl"]);
    let before = folder.exported();
    let whole = archive(OFFICIAL);
    let row = |line: &str| {
        archive(&[(
            "notes/documents.jsonl",
            &format!("{{\"text\":\"a\"}}\n{line}\n"),
        )])
    };
    let text = |id: &str| format!(r#"{{"_id":"{id}","text":"x"}}"#);
    let twice = format!("{0}\n{0}", text("jx71048j2ca1a5gq30chm6rw3mf1yqrf"));
    let stranger = text("jx71048j2ca1a5gq30chm6rw3mf1yqrg");
    let other_table = format!(
        "{}\n{}",
        text("jx71048j2ca1a5gq30chm6rw3mf1yqrf"),
        text("j971048j2ca1a5gq30chm6rw3mf1ypnm")
    );
    let deep = format!("{{\"text\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    let large = format!("{{\"text\":\"{}\"}}", "x".repeat((1 << 20) + 1));
    let no_file = archive(&[("_storage/documents.jsonl", STORAGE)]);
    let wrong_file = archive(&[
        ("_storage/documents.jsonl", STORAGE),
        ("_storage/kg21048j2ca1a5gq30chm6rw3mf1y6kt", "other"),
    ]);
    let old = archive(&[
        ("notes/documents.jsonl", "{}\n"),
        ("notes/generated_schema.jsonl", "\"object\"\n"),
    ]);
    // A few kilobytes that unpack to a line of 32 MiB.
    let bomb = archive(&[("notes/documents.jsonl", &" ".repeat(32 << 20))]);
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (b"no zip file".to_vec(), "invalid zip file"),
        (whole[..whole.len() / 2].to_vec(), "invalid zip file"),
        (archive(&[("README.md", "hello")]), "is no snapshot"),
        (
            row("{\"text\":"),
            "notes/documents.jsonl: Row 2 wasn't valid JSON",
        ),
        (row("[1]"), "Row 2 wasn't an object"),
        (row("{\"$x\":1}"), "Row 2 wasn't a valid Convex value"),
        (
            row("{\"_secret\":1}"),
            "names that start with an underscore are reserved",
        ),
        (row("{\"_id\":7}"), "_id is no string"),
        (
            row("{\"_creationTime\":\"now\"}"),
            "_creationTime is no time",
        ),
        (
            row(&stranger),
            "Row 2 wasn't a valid Convex value: document id",
        ),
        (row(&deep), "Row 2 wasn't"),
        (row(&large), "Value is too large"),
        (
            archive(&[("notes/documents.jsonl", &twice)]),
            "duplicate _id",
        ),
        (
            archive(&[("notes/documents.jsonl", &other_table)]),
            "came from a different deployment",
        ),
        (row("{\"text\":1}"), "does not match the schema"),
        (no_file, "there is no file _storage/kg2"),
        (wrong_file, "Sha256 mismatch"),
        (old, "older format"),
        (bomb, "Row 1 is longer than 16 MiB"),
        (
            archive(&[("a-b/documents.jsonl", "{}\n")]),
            "Invalid table name",
        ),
        (
            archive(&[("_components/a b/t/documents.jsonl", "")]),
            "component name 'a b' invalid",
        ),
    ];
    for (content, expected) in cases {
        folder.write("bad.zip", content);
        let said = folder.refused(&["import", "bad.zip", "--replace", "-y"]);
        assert!(said.contains(expected), "expected {expected:?} in {said}");
    }
    assert_eq!(folder.exported(), before);
    let files = std::fs::read_dir(folder.path("data/files")).unwrap();
    let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["incoming"], "no file stays behind");
}

#[test]
fn options_that_do_not_fit_are_refused_before_anything_starts() {
    let folder = Folder::new();
    folder.write("a.jsonl", "{}\n");
    folder.write("a.zip", archive(OFFICIAL));
    for (arguments, expected) in [
        (&["import", "a.jsonl"][..], "--table NAME"),
        (
            &["import", "a.zip", "--table", "notes"][..],
            "leave --table out",
        ),
        (&["import", "missing.zip"][..], "cannot read missing.zip"),
        (&["import", "a", "--table", "notes"][..], "say --format"),
        (
            &["import", "a.zip", "--append", "--replace"][..],
            "cannot be used with",
        ),
        (&["export", "--path", "a.zip"][..], "is there already"),
    ] {
        let said = folder.refused(arguments);
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_works_on_a_running_backend_too() {
    let server = Server::start().await;
    server.add_note("live").await;
    let dir = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let arguments: Vec<String> = arguments.iter().map(|&a| a.to_owned()).collect();
        let (data, dir) = (server.data_dir().to_owned(), dir.path().to_owned());
        tokio::task::spawn_blocking(move || {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let (ok, said) = run_on(&data, &dir, &arguments);
            assert!(ok, "{said}");
        })
    };
    run(&["export", "--path", "out.zip"]).await.unwrap();
    let snapshot = entries(&std::fs::read(dir.path().join("out.zip")).unwrap());
    let note: Json = serde_json::from_str(&snapshot["notes/documents.jsonl"]).unwrap();
    assert_eq!(note["text"], "live");

    std::fs::write(dir.path().join("notes.json"), "[{\"text\":\"new\"}]").unwrap();
    run(&[
        "import",
        "--table",
        "notes",
        "notes.json",
        "--replace",
        "-y",
    ])
    .await
    .unwrap();
    let (_, notes) = server.call("query", "notes:list", json!({})).await;
    assert_eq!(notes["value"], json!(["new"]));
    run(&["import", "out.zip", "--replace-all", "-y"])
        .await
        .unwrap();
    let (_, notes) = server.call("query", "notes:list", json!({})).await;
    assert_eq!(notes["value"], json!(["live"]));
}
