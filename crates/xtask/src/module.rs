//! WebAssembly modules for measuring, built like those of `cargo leptos build --release`, optionally with names.

use std::path::PathBuf;

use anyhow::{Context, Result};
use leptos_convex_tasks::process::{call, run};
use leptos_convex_tasks::workspace::Workspace;
use serde::Deserialize;

use crate::metadata::metadata;

const WASM: &str = "wasm32-unknown-unknown";

/// The settings of `[workspace.metadata.leptos]` for modules.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Leptos {
    lib_profile_release: String,
    wasm_opt_features: Vec<String>,
}

/// A module to build.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Module<'a> {
    pub(crate) package: &'a str,
    /// Its features, separated by commas; default features are off.
    pub(crate) features: &'a str,
    /// The folder for the module and its JavaScript, from the root of the checkout.
    pub(crate) out: &'a str,
    /// Whether functions keep their full names, including types.
    pub(crate) named: bool,
}

impl Module<'_> {
    /// Builds the module and returns its path.
    ///
    /// # Errors
    /// When a program is missing or fails.
    pub(crate) fn build(self, workspace: &Workspace) -> Result<PathBuf> {
        let Self { package, out, .. } = self;
        let leptos: Vec<Leptos> = metadata(workspace, "leptos")?;
        let leptos = leptos
            .first()
            .context("[[workspace.metadata.leptos]] is empty")?;
        let profile = leptos.lib_profile_release.as_str();
        // With other flags all dependencies are compiled again, so modules with names have their own folder.
        let target = if self.named {
            "target/size/named"
        } else {
            "target/front"
        };
        let mut build = call(workspace, "cargo", &["build", "--lib"]);
        build.args(["--package", package, "--no-default-features"]);
        build.args(["--features", self.features, "--target", WASM]);
        build.args(["--profile", profile, "--target-dir", target]);
        if self.named {
            // Functions are sorted by these names.
            let flags = format!("target.{WASM}.rustflags=['-Csymbol-mangling-version=v0']");
            build.args(["--config", &flags]);
        }
        if self.named {
            build.args(["--config", &format!("profile.{profile}.strip=false")]);
        }
        run(&mut build)?;

        let compiled = format!("{target}/{WASM}/{profile}/{package}.wasm");
        let mut bindgen = call(workspace, "wasm-bindgen", &[&compiled]);
        bindgen.args(["--target", "web", "--no-typescript", "--out-dir", out]);
        if self.named {
            bindgen.arg("--no-demangle");
        }
        run(&mut bindgen)?;

        let module = format!("{out}/{package}_bg.wasm");
        let mut optimise = call(workspace, "npx", &["--no-install", "wasm-opt"]);
        optimise.args(&leptos.wasm_opt_features);
        if self.named {
            optimise.arg("--debuginfo");
        }
        run(optimise.args([&module, "-o", &module]))?;
        Ok(workspace.path(&module))
    }

    /// Builds the module, and minifies its JavaScript as for serving.
    ///
    /// # Errors
    /// When a program is missing or fails.
    pub(crate) fn build_minified(self, workspace: &Workspace) -> Result<PathBuf> {
        let module = self.build(workspace)?;
        let glue = format!("{}/{}.js", self.out, self.package);
        let mut minify = call(workspace, "npx", &["--no-install", "esbuild", &glue]);
        minify.args(["--minify", "--format=esm", "--log-level=warning"]);
        run(minify.args(["--allow-overwrite", &format!("--outfile={glue}")]))?;
        Ok(module)
    }
}
