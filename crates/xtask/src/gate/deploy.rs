//! A check of the names in `deploy/`: settings, paths of this repository, files of the archive, addresses.
//!
//! The files cannot be run without containers, so a renamed variable or folder would only be noticed in a deployment.
//! The check reads only text. It also reads the workflows, whose actions must be pinned.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use leptos_convex_tasks::ui;
use leptos_convex_tasks::workspace::Workspace;

use crate::dist;

const FOLDER: &str = "deploy";
const WORKFLOWS: &str = ".github/workflows";

/// Names that belong to others: Convex's images (`self-hosted/docker/docker-compose.yml` of get-convex/convex-backend)
/// and command line, Postgres, Docker, Node.js, systemd.
const OTHERS: &[&str] = &[
    "CONVEX_CLOUD_ORIGIN",
    "CONVEX_SELF_HOSTED_ADMIN_KEY",
    "CONVEX_SELF_HOSTED_URL",
    "CONVEX_SITE_ORIGIN",
    "DISABLE_BEACON",
    "DO_NOT_REQUIRE_SSL",
    "INSTANCE_NAME",
    "INSTANCE_SECRET",
    "NEXT_PUBLIC_DEPLOYMENT_URL",
    "NODE_ENV",
    "POSTGRES_DB",
    "POSTGRES_PASSWORD",
    "POSTGRES_URL",
    "POSTGRES_USER",
];

/// Checks all files.
///
/// # Errors
/// When a name does not exist; each one has been printed.
pub(super) fn check(workspace: &Workspace) -> Result<()> {
    let folder = workspace.path(FOLDER);
    let files = files_below(&folder)?;
    let mut known = settings(&workspace.read(".env.example")?);
    known.extend(settings(&workspace.read("deploy/.env.compose.example")?));
    known.extend(OTHERS.iter().map(|name| (*name).to_owned()));
    let routes = workspace.read("server/src/router.rs")?;
    let mut broken = Vec::new();
    for file in &files {
        let text =
            fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let name = file
            .strip_prefix(workspace.root())
            .unwrap_or(file)
            .display();
        let mut say = |what: String| broken.push(format!("{name}: {what}"));
        let mut allowed = known.clone();
        allowed.extend(own_arguments(&text));
        for variable in variables(&text).difference(&allowed) {
            say(format!("{variable} is no setting of .env.example"));
        }
        for path in archive_paths(&text) {
            if !dist::contains(&path) {
                say(format!("the archive has no {path}"));
            }
        }
        for path in repository_paths(&text) {
            let from_root = workspace.path(&path).exists();
            if !from_root && !folder.join(&path).exists() {
                say(format!("there is no {path}"));
            }
        }
        if text.contains("/healthz") && !routes.contains("\"/healthz\"") {
            say("the server has no /healthz".to_owned());
        }
    }
    let members = workspace.read("Cargo.toml")?;
    broken.extend(uncopied(&members, &workspace.read("deploy/Dockerfile")?));
    let release = workspace.read(".github/workflows/release.yml")?;
    let published = release.lines().find(|line| line.contains("cargo publish"));
    let mut named: Vec<&str> = published
        .unwrap_or_default()
        .split(" -p ")
        .skip(1)
        .collect();
    named.sort_unstable();
    let mut packages = super::packages::PUBLISHED.to_vec();
    packages.sort_unstable();
    if named != packages {
        broken.push(format!(
            "{WORKFLOWS}/release.yml: publishes {}, and the packages are {}",
            named.join(", "),
            packages.join(", ")
        ));
    }
    for file in files_below(&workspace.path(WORKFLOWS))? {
        let text = fs::read_to_string(&file)?;
        let name = file.file_name().unwrap_or_default().display();
        broken.extend(unpinned(&text).iter().map(|line| {
            format!(
                "{WORKFLOWS}/{name}: `{line}` has no commit, or does not say which version it is"
            )
        }));
    }
    for line in &broken {
        ui::failure(line);
    }
    if !broken.is_empty() {
        bail!("{} to fix in {FOLDER}/ and {WORKFLOWS}/", broken.len());
    }
    Ok(())
}

fn files_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files_below(&path)?);
        } else if !path.ends_with(".env") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Lists the names in a file of settings, commented out or not.
fn settings(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.trim_start_matches("# ").split_once('='))
        .map(|(name, _)| name.to_owned())
        .filter(|name| is_variable(name))
        .collect()
}

fn is_variable(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_uppercase());
    starts
        && name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Lists words that look like variables: capitals with an underscore, except for address families (`AF_INET`).
fn variables(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.contains('_') && is_variable(word) && !word.starts_with("AF_"))
        .map(str::to_owned)
        .collect()
}

/// Lists the names in `ARG NAME` of a Dockerfile.
fn own_arguments(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("ARG "))
        .map(|rest| rest.split('=').next().unwrap_or(rest).to_owned())
        .collect()
}

/// Lists files of the unpacked archive: `/app/start`, `/opt/app/current/start`, `$here/bin/server`.
fn archive_paths(text: &str) -> Vec<String> {
    let roots = ["/opt/app/current/", "\"/app/", "=/app/", " /app/", "$here/"];
    let mut found = Vec::new();
    for root in roots {
        for (at, _) in text.match_indices(root) {
            let rest = &text[at + root.len()..];
            let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_');
            let path: String = rest.chars().take_while(|c| is_part(*c)).collect();
            found.push(path.trim_end_matches(['/', '.']).to_owned());
        }
    }
    found.retain(|path| !path.is_empty());
    found
}

/// Lists the paths that a Dockerfile copies from the repository, and those that the compose files and `fly.toml` name.
fn repository_paths(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(rest) = line
            .strip_prefix("COPY ")
            .filter(|rest| !rest.starts_with("--"))
        {
            let words: Vec<&str> = rest.split_whitespace().collect();
            found.extend(
                words[..words.len().saturating_sub(1)]
                    .iter()
                    .map(|it| (*it).to_owned()),
            );
        } else if let Some(mount) = line.strip_prefix("- ./") {
            found.extend(mount.split(':').next().map(str::to_owned));
        } else if let Some(file) = line
            .strip_prefix("dockerfile: ")
            .or_else(|| line.strip_prefix("dockerfile = "))
        {
            found.push(file.trim_matches('"').to_owned());
        }
    }
    found
}

/// Lists the actions of a workflow that are pinned to a tag, which others can move, or have no tag in a comment.
fn unpinned(workflow: &str) -> Vec<&str> {
    let uses = workflow
        .lines()
        .filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: "));
    let is_pinned = |action: &&str| {
        let Some((commit, version)) = action
            .split_once('@')
            .and_then(|(_, rest)| rest.split_once(" # v"))
        else {
            return false;
        };
        let is_commit = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
        is_commit && version.starts_with(|c: char| c.is_ascii_digit())
    };
    uses.filter(|action| !is_pinned(action)).collect()
}

/// Lists the members of the workspace that the image does not copy.
fn uncopied(manifest: &str, dockerfile: &str) -> Vec<String> {
    let copied = repository_paths(dockerfile);
    let members = manifest
        .lines()
        .skip_while(|line| *line != "members = [")
        .skip(1)
        .take_while(|line| *line != "]")
        .map(|line| line.trim().trim_matches([',', '"']));
    members
        .filter(|member| {
            !copied
                .iter()
                .any(|path| Path::new(member).starts_with(path))
        })
        .map(|member| format!("deploy/Dockerfile: does not copy {member}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_repository_passes() {
        let workspace = Workspace::find().expect("this repository");
        check(&workspace).expect("all names exist");
    }

    #[test]
    fn sees_names_that_do_not_exist() {
        let known = settings("# SITE_URL=https://a.example\nPLAIN=1\n# A sentence with = in it.\n");
        assert_eq!(known.into_iter().collect::<Vec<_>>(), ["PLAIN", "SITE_URL"]);
        let named =
            variables("Environment=SITE_ULR=x\n# RestrictAddressFamilies=AF_INET\n${OLD_NAME:-}");
        assert_eq!(
            named.into_iter().collect::<Vec<_>>(),
            ["OLD_NAME", "SITE_ULR"]
        );
        let paths = archive_paths(
            "ExecStart=/opt/app/current/run\nENTRYPOINT [\"/app/begin\"]\n\"$here/bin/x\"",
        );
        assert_eq!(paths, ["run", "begin", "bin/x"]);
        assert!(dist::contains("start") && dist::contains("bin/server") && dist::contains("site"));
        assert!(!dist::contains("run"));
    }

    /// Caddy replaces the addresses of visitors that the app sends, and Better Auth limits by them.
    #[test]
    fn the_app_reaches_better_auth_without_a_proxy_in_between() {
        let workspace = Workspace::find().expect("this repository");
        let compose = workspace
            .read("deploy/compose.convex.yaml")
            .expect("the file");
        assert!(compose.contains("\n      CONVEX_SITE_URL: http://backend:3211\n"));
        assert!(compose.contains("\n      CONVEX_JWT_ISSUER: https://${CONVEX_SITE_DOMAIN"));
    }

    /// Its length could reveal the token in a page (BREACH).
    #[test]
    fn no_proxy_compresses_what_the_server_left_uncompressed() {
        let workspace = Workspace::find().expect("this repository");
        let nginx = workspace.read("deploy/archive/nginx.conf").expect("a file");
        assert!(nginx.contains("\n        gzip off;\n"));
        for caddy in [
            "deploy/archive/Caddyfile",
            "deploy/caddy/convex.Caddyfile",
            "deploy/caddy/embedded.Caddyfile",
        ] {
            let caddy = workspace.read(caddy).expect("a file");
            assert!(!caddy.contains("encode"), "{caddy}");
        }
    }

    /// Docker finds the file by its name, flyctl only by this line.
    #[test]
    fn fly_gets_nothing_that_docker_does_not_get() {
        let workspace = Workspace::find().expect("this repository");
        let fly = workspace.read("deploy/fly.toml").expect("a file");
        assert!(fly.contains("\nignorefile = \"Dockerfile.dockerignore\"\n"));
        assert!(workspace.path("deploy/Dockerfile.dockerignore").exists());
    }

    #[test]
    fn sees_actions_that_are_not_pinned_to_a_commit() {
        let pinned = "      - uses: a/b@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2\n";
        assert!(unpinned(pinned).is_empty());
        for other in [
            "a/b@v4",
            "a/b@main # v4",
            "a/b@11bd71901bbe5b1630ceea73d27597364c9af683",
        ] {
            assert_eq!(unpinned(&format!("      - uses: {other}\n")), [other]);
        }
    }

    #[test]
    fn sees_members_that_the_image_does_not_copy() {
        let dockerfile = "COPY --from=node /bin/node /bin/node\nCOPY Cargo.toml Cargo.lock ./\nCOPY crates crates\n";
        assert_eq!(
            repository_paths(dockerfile),
            ["Cargo.toml", "Cargo.lock", "crates"]
        );
        let manifest = "members = [\n    \"crates/a\",\n    \"app\",\n]\n";
        assert_eq!(
            uncopied(manifest, dockerfile),
            ["deploy/Dockerfile: does not copy app"]
        );
        let compose = "      - ./caddy/x.Caddyfile:/etc/caddy/Caddyfile:ro\n      dockerfile: deploy/Dockerfile\n";
        assert_eq!(
            repository_paths(compose),
            ["caddy/x.Caddyfile", "deploy/Dockerfile"]
        );
    }
}
