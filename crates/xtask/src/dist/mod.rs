//! `cargo xtask dist`: one archive with everything a server needs to run the app.
//!
//! Two runs on one commit produce the same bytes from the same programs: entries are sorted, owners are left out, and
//! times are the commit's.

mod load;
mod pack;
mod walk;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use leptos_convex_tasks::process::{call, output, run};
use leptos_convex_tasks::requirements::Need;
use leptos_convex_tasks::workspace::Workspace;
use leptos_convex_tasks::{codegen, setup, ui};

use self::pack::{Content, Entry, add_folder, checksum_file, pack};

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
    /// Use the existing build
    #[arg(long)]
    no_build: bool,
    /// With --no-build: the folder with `server` and `convex-local` [default: target/release]
    #[arg(long, value_name = "DIR", requires = "no_build")]
    programs: Option<PathBuf>,
    /// With --no-build: the folder with the site [default: target/site]
    #[arg(long, value_name = "DIR", requires = "no_build")]
    site: Option<PathBuf>,
    /// Then test the archive: unpack it into an empty folder, start it with an empty environment, sign up, back up,
    /// start again, restore
    #[arg(long, conflicts_with = "target")]
    check: bool,
    /// The commit for the file VERSION, if there is no repository to ask
    #[arg(long, value_name = "HASH")]
    commit: Option<String>,
    /// The folder for the archive
    #[arg(long, value_name = "DIR", default_value = "target/dist")]
    out: PathBuf,
}

/// Files of `deploy/archive` and their paths in the archive.
const FILES: &[(&str, &str)] = &[
    ("start", "start"),
    ("backup", "backup"),
    ("restore", "restore"),
    ("README.md", "README.md"),
    ("app.service", "systemd/app.service"),
    ("app.socket", "systemd/app.socket"),
    ("Caddyfile", "proxy/Caddyfile"),
    ("nginx.conf", "proxy/nginx.conf"),
];

/// Files of the repository's root that are archived too.
const ROOT_FILES: &[&str] = &[".env.example", "LICENSE-APACHE", "LICENSE-MIT"];

/// Where the site is built. Nothing else writes there, while `target/site` also has the output of `cargo xtask dev`.
const SITE: &str = "target/dist/site";

const PROGRAMS: &[&str] = &["server", "convex-local"];

/// Returns whether the archive has a file or folder of that name.
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
    let usual = if args.no_build { "target/site" } else { SITE };
    let site = at(&args.site, usual);
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
    assert_one_build(&entries, &site)?;
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
    let site = workspace.path(SITE);
    if site.exists() {
        fs::remove_dir_all(&site).with_context(|| format!("cannot remove {}", site.display()))?;
    }
    let mut leptos = call(workspace, "cargo", &["leptos", "build", "--release"]);
    leptos.env("LEPTOS_SITE_ROOT", SITE);
    let mut commands = call(workspace, "cargo", &["build", "--release"]);
    commands.args(codegen::AS_SERVER);
    if let Some(target) = target {
        leptos.env("LEPTOS_BIN_TARGET_TRIPLE", target);
        commands.args(["--target", target]);
    }
    run(&mut leptos)?;
    run(&mut commands)
}

/// Checks that the files of the browser half are those of one build. The server finds them by their names.
fn assert_one_build(entries: &[Entry], site: &Path) -> Result<()> {
    let modules = entries.iter().filter(|entry| {
        let is_module = Path::new(&entry.path)
            .extension()
            .is_some_and(|end| end == "wasm");
        is_module && entry.path.starts_with("site/pkg/")
    });
    match modules.count() {
        1 => Ok(()),
        0 => bail!(
            "{} has no WebAssembly in pkg/: run `cargo leptos build --release`, or leave out --no-build",
            site.display()
        ),
        _ => bail!(
            "{} has files of several builds in pkg/: remove the folder and build again, or leave out --no-build",
            site.display()
        ),
    }
}

fn bundle(workspace: &Workspace, into: &Path) -> Result<()> {
    if into.exists() {
        fs::remove_dir_all(into).with_context(|| format!("cannot remove {}", into.display()))?;
    }
    let script = "crates/convex_local/node/prebuild.mjs";
    run(call(workspace, "node", &[script, "convex"]).arg(into))
}

/// The contents of an archive.
#[derive(Debug)]
struct Release {
    /// The name of the archive, which is also its only folder.
    folder: String,
    /// The text of the file VERSION.
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

/// Lists the files that are the same for every target, and VERSION.
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

#[cfg(test)]
mod tests {
    use super::pack::tests::{entry, release};
    use super::*;

    #[test]
    fn a_site_of_several_builds_is_not_packed() {
        let pack = |files: &[&str]| {
            let entries: Vec<Entry> = files.iter().map(|file| entry(file, "")).collect();
            assert_one_build(&entries, Path::new("target/site")).map_err(|error| error.to_string())
        };
        let (one, other) = ("site/pkg/app.1.wasm", "site/pkg/app.wasm");
        assert_eq!(pack(&[one, "site/pkg/app.1.js", "site/logo.wasm"]), Ok(()));
        assert!(pack(&["site/pkg/app.1.js"]).is_err_and(|error| error.contains("no WebAssembly")));
        assert!(pack(&[one, other]).is_err_and(|error| error.contains("several builds")));
    }

    #[test]
    fn the_readme_of_the_archive_names_all_of_its_files() {
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
