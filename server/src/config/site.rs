//! The place of the files of the browser half. `cargo leptos` sets all of these variables. The defaults are for a
//! binary started in the root of the repository.

use std::{path::PathBuf, time::Duration};

use clap::Args;
use leptos::prelude::LeptosOptions;

/// The name of the JavaScript, WebAssembly and CSS files, as in the workspace's `Cargo.toml`.
const OUTPUT_NAME: &str = match option_env!("LEPTOS_OUTPUT_NAME") {
    Some(name) => name,
    None => "leptos-convex-better-auth",
};

/// The output of `cargo leptos build`.
#[derive(Args, Clone, Debug)]
pub struct SiteConfig {
    /// Folder with all static files
    #[arg(
        long,
        env = "LEPTOS_SITE_ROOT",
        value_name = "DIR",
        default_value = "target/site"
    )]
    pub site_root: PathBuf,

    /// Folder under the site root with the generated files
    #[arg(
        long,
        env = "LEPTOS_SITE_PKG_DIR",
        value_name = "DIR",
        default_value = "pkg"
    )]
    pub pkg_dir: String,

    /// Name of the generated files, without hash and extension
    #[arg(long, env = "LEPTOS_OUTPUT_NAME", value_name = "NAME", default_value = OUTPUT_NAME)]
    pub output_name: String,

    /// Port of cargo-leptos' reload messages
    #[arg(
        long,
        env = "LEPTOS_RELOAD_PORT",
        value_name = "PORT",
        default_value_t = 3001
    )]
    reload_port: u32,

    /// Set by `cargo leptos watch`: files are read again for each request
    #[arg(long, env = "LEPTOS_WATCH", default_value_t = false, hide = true,
          value_parser = clap::builder::FalseyValueParser::new())]
    pub watch: bool,

    /// Compress the files once after start (default in release builds)
    #[arg(long, env = "COMPRESS_ASSETS", value_name = "BOOL", num_args = 0..=1, default_missing_value = "true")]
    compress: Option<bool>,
}

impl SiteConfig {
    /// Returns whether to compress the files after start, which takes seconds. An unoptimised build would take minutes,
    /// and under `watch` the files change.
    #[must_use]
    pub fn compress(&self) -> bool {
        !self.watch && self.compress.unwrap_or(!cfg!(debug_assertions))
    }

    /// Returns how long open connections may send one more request after the stop signal. It may already be on its way,
    /// and closing would lose it. Under `watch` the next server waits for the end of this one.
    #[must_use]
    pub fn last_call(&self) -> Duration {
        Duration::from_millis(if self.watch { 0 } else { 500 })
    }

    /// Returns the origins of reload messages under `watch`; none otherwise.
    #[must_use]
    pub fn reload_origins(&self) -> Vec<String> {
        let hosts = if self.watch {
            ["localhost", "127.0.0.1"].as_slice()
        } else {
            &[]
        };
        let origin = |host: &&str| format!("http://{host}:{}", self.reload_port);
        hosts.iter().map(origin).collect()
    }

    /// Returns the options as Leptos needs them.
    #[must_use]
    pub fn leptos_options(&self) -> LeptosOptions {
        LeptosOptions::builder()
            .output_name(self.output_name.clone())
            .site_root(self.site_root.to_string_lossy().into_owned())
            .site_pkg_dir(self.pkg_dir.clone())
            .reload_port(self.reload_port)
            .build()
    }
}
