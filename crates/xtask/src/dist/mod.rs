//! `cargo xtask dist`: one archive with everything a server needs to run the app.
//!
//! Two runs of one commit make the same bytes from the same programs: entries are sorted, owners are left out, and
//! times are the commit's.

mod walk;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use flate2::Compression;
use flate2::write::GzEncoder;
use leptos_convex_tasks::process::{call, output, run};
use leptos_convex_tasks::requirements::Need;
use leptos_convex_tasks::workspace::Workspace;
use leptos_convex_tasks::{codegen, setup, ui};
use sha2::{Digest, Sha256};

/// Options of `cargo xtask dist`.
#[derive(Debug, Args)]
#[command(
    after_help = "The archive has the server, the site, the bundled functions (Node.js runs them, npm packages \
    are not needed), scripts for backup and restore, a unit for systemd and examples for proxies. Its README says how \
    to install it. docs/deploy.md has the rest."
)]
pub(crate) struct DistArgs {
    /// Build for another target, whose standard library and C compiler are installed [default: this machine]
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// Take what is built already
    #[arg(long)]
    no_build: bool,
    /// With --no-build: the folder with `server` and `convex-local` [default: target/release]
    #[arg(long, value_name = "DIR", requires = "no_build")]
    programs: Option<PathBuf>,
    /// With --no-build: the folder with the site [default: target/site]
    #[arg(long, value_name = "DIR", requires = "no_build")]
    site: Option<PathBuf>,
    /// Then try it: unpack it into an empty folder, start it with an empty environment, sign up, back up, start again,
    /// restore
    #[arg(long, conflicts_with = "target")]
    check: bool,
    /// The commit that VERSION names, where there is no repository to ask
    #[arg(long, value_name = "HASH")]
    commit: Option<String>,
    /// Where the archive is written
    #[arg(long, value_name = "DIR", default_value = "target/dist")]
    out: PathBuf,
}

/// Files of `deploy/archive` and where they are in the archive.
const FILES: &[(&str, &str)] = &[
    ("start", "start"),
    ("backup", "backup"),
    ("restore", "restore"),
    ("README.md", "README.md"),
    ("app.service", "systemd/app.service"),
    ("Caddyfile", "proxy/Caddyfile"),
    ("nginx.conf", "proxy/nginx.conf"),
];

/// Files of the repository's root that go with it.
const ROOT_FILES: &[&str] = &[".env.example", "LICENSE-APACHE", "LICENSE-MIT"];

const PROGRAMS: &[&str] = &["server", "convex-local"];

/// Whether the archive has a file or folder of that name.
pub(crate) fn contains(path: &str) -> bool {
    let is_in = |name: &str| Path::new(name).starts_with(path);
    ["site", "convex", "VERSION"].contains(&path)
        || FILES.iter().any(|(_, name)| is_in(name))
        || ROOT_FILES.contains(&path)
        || PROGRAMS.iter().any(|name| is_in(&format!("bin/{name}")))
}

pub(crate) fn run_command(workspace: &Workspace, args: &DistArgs) -> Result<ExitCode> {
    let start = Instant::now();
    let host = codegen::host(workspace).context("`rustc -vV` names no host")?;
    let target = args.target.clone().unwrap_or_else(|| host.clone());
    if !args.no_build {
        setup::ensure(workspace, Need::Build, None)?;
        ui::begin("Building for release");
        build(workspace, args.target.as_deref())?;
    }
    let built = match &args.target {
        Some(target) => format!("target/{target}/release"),
        None => "target/release".to_owned(),
    };
    let at = |given: &Option<PathBuf>, usual: &str| {
        given
            .as_ref()
            .map_or_else(|| workspace.path(usual), |dir| workspace.root().join(dir))
    };
    let programs = at(&args.programs, &built);
    let site = at(&args.site, "target/site");
    let out = workspace.root().join(&args.out);
    fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;

    ui::begin("Bundling the functions in convex/");
    let functions = out.join("functions/convex");
    bundle(workspace, &functions)?;
    ui::begin("Packing");
    let release = Release::of(workspace, &target, args.commit.as_deref())?;
    let mut entries = own_entries(workspace, &release)?;
    for program in PROGRAMS {
        let file = programs.join(program);
        entries.push(Entry::program(
            format!("bin/{program}"),
            Content::File(file),
        ));
    }
    add_folder(&mut entries, &site, "site")?;
    add_folder(&mut entries, &functions, "convex")?;
    if !entries
        .iter()
        .any(|entry| entry.path.starts_with("site/pkg/"))
    {
        bail!(
            "{} has no pkg folder: run `cargo leptos build --release`, or leave out --no-build",
            site.display()
        );
    }
    let archive = out.join(format!("{}.tar.gz", release.folder));
    pack(&archive, &release, entries)?;
    let sum = checksum_file(&archive)?;
    fs::remove_dir_all(out.join("functions"))?;
    if args.check {
        ui::begin("Trying the archive");
        walk::walk(workspace, &archive, &release.folder)?;
    }
    ui::note(&format!("{}", archive.display()));
    ui::note(&format!("sha256 {sum}"));
    ui::note(
        "On the server: unpack it, and read its README.md. Node.js 20 or newer runs the functions.",
    );
    ui::done("dist", start.elapsed());
    Ok(ExitCode::SUCCESS)
}

fn build(workspace: &Workspace, target: Option<&str>) -> Result<()> {
    let mut leptos = call(workspace, "cargo", &["leptos", "build", "--release"]);
    let mut commands = call(workspace, "cargo", &["build", "--release"]);
    commands.args(codegen::AS_SERVER);
    if let Some(target) = target {
        leptos.env("LEPTOS_BIN_TARGET_TRIPLE", target);
        commands.args(["--target", target]);
    }
    run(&mut leptos)?;
    run(&mut commands)
}

fn bundle(workspace: &Workspace, into: &Path) -> Result<()> {
    if into.exists() {
        fs::remove_dir_all(into).with_context(|| format!("cannot remove {}", into.display()))?;
    }
    let script = "crates/convex_local/node/prebuild.mjs";
    run(call(workspace, "node", &[script, "convex"]).arg(into))
}

/// What is archived.
#[derive(Debug)]
struct Release {
    /// The archive's only folder, and its name.
    folder: String,
    /// For the file VERSION.
    description: String,
    /// Seconds since 1970.
    time: u64,
}

impl Release {
    fn of(workspace: &Workspace, target: &str, commit: Option<&str>) -> Result<Self> {
        let manifest = workspace.read("Cargo.toml")?;
        let value = |section: &str, key: &str| {
            let lines = manifest.lines().skip_while(|line| *line != section);
            lines
                .skip(1)
                .take_while(|line| !line.starts_with('['))
                .find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))
                .map(|value| value.trim_matches('"').to_owned())
                .with_context(|| format!("Cargo.toml has no {key} in {section}"))
        };
        let name = value("[[workspace.metadata.leptos]]", "name")?;
        let version = value("[workspace.package]", "version")?;
        let git = |args: &[&str]| output(&mut call(workspace, "git", args));
        let commit = commit.map(str::to_owned);
        let commit = commit.or_else(|| git(&["rev-parse", "HEAD"]));
        let commit = commit.unwrap_or_else(|| "unknown".to_owned());
        let changed = git(&["status", "--porcelain", "--untracked-files=no"])
            .is_some_and(|text| !text.is_empty());
        let changed = if changed { " with changes" } else { "" };
        let time = git(&["log", "-1", "--format=%ct"]).and_then(|time| time.parse().ok());
        Ok(Self {
            folder: format!("{name}-{version}-{target}"),
            description: format!("version {version}\ncommit {commit}{changed}\ntarget {target}\n"),
            time: time.unwrap_or(0),
        })
    }
}

/// One file of the archive.
#[derive(Debug)]
struct Entry {
    /// In the archive's folder.
    path: String,
    content: Content,
    mode: u32,
}

#[derive(Debug)]
enum Content {
    File(PathBuf),
    Text(String),
}

impl Entry {
    fn file(path: String, content: Content) -> Self {
        let mode = 0o644;
        Self {
            path,
            content,
            mode,
        }
    }

    fn program(path: String, content: Content) -> Self {
        let mode = 0o755;
        Self {
            path,
            content,
            mode,
        }
    }
}

/// The files that are the same for every target, and VERSION.
fn own_entries(workspace: &Workspace, release: &Release) -> Result<Vec<Entry>> {
    let mut entries = vec![Entry::file(
        "VERSION".to_owned(),
        Content::Text(release.description.clone()),
    )];
    for (from, to) in FILES {
        let file = workspace.path("deploy/archive").join(from);
        let text =
            fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let make = if text.starts_with("#!") {
            Entry::program
        } else {
            Entry::file
        };
        entries.push(make((*to).to_owned(), Content::Text(text)));
    }
    for name in ROOT_FILES {
        let content = Content::File(workspace.path(name));
        entries.push(Entry::file((*name).to_owned(), content));
    }
    Ok(entries)
}

/// All files below a folder.
fn add_folder(entries: &mut Vec<Entry>, from: &Path, to: &str) -> Result<()> {
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

fn pack(archive: &Path, release: &Release, mut entries: Vec<Entry>) -> Result<()> {
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
fn checksum_file(archive: &Path) -> Result<String> {
    let digest = Sha256::digest(fs::read(archive)?);
    let sum: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let name = archive.file_name().unwrap_or_default().to_string_lossy();
    let mut beside = archive.as_os_str().to_owned();
    beside.push(".sha256");
    fs::write(&beside, format!("{sum}  {name}\n"))?;
    Ok(sum)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    fn entry(path: &str, text: &str) -> Entry {
        Entry::file(path.to_owned(), Content::Text(text.to_owned()))
    }

    fn release() -> Release {
        Release {
            folder: "app-1.0.0-x86_64".to_owned(),
            description: "version 1.0.0\n".to_owned(),
            time: 1_700_000_000,
        }
    }

    /// Paths, modes and contents.
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
    fn the_same_release_is_the_same_file_and_its_programs_can_be_started() {
        let dir = tempfile::tempdir().expect("a folder");
        let (one, two) = (dir.path().join("1.tar.gz"), dir.path().join("2.tar.gz"));
        let program =
            || Entry::program("start".to_owned(), Content::Text("#!/bin/sh\n".to_owned()));
        // Folders are listed in whatever order.
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

    #[test]
    fn every_archive_has_what_its_readme_names() {
        let workspace = Workspace::find().expect("this repository");
        let entries = own_entries(&workspace, &release()).expect("all files are there");
        let readme = workspace.read("deploy/archive/README.md").expect("a text");
        for entry in &entries {
            let is_named = readme.contains(&entry.path)
                || Path::new(&entry.path)
                    .parent()
                    .is_some_and(|dir| readme.contains(&format!("`{}/`", dir.display())));
            let is_obvious = entry.path == "README.md" || entry.path.starts_with("LICENSE");
            assert!(is_named || is_obvious, "{}", entry.path);
        }
        let programs: Vec<&str> = entries
            .iter()
            .filter(|entry| entry.mode == 0o755)
            .map(|entry| entry.path.as_str())
            .collect();
        assert_eq!(programs, ["start", "backup", "restore"]);
    }
}
