//! Tables of sizes. Run by `cargo xtask size`, which builds the files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;
use leptos_convex_tasks::ui::grouped;
use sizes::brotli::compressed;
use sizes::folder::measure;
use sizes::parts::{Module, by_crate, by_function, by_user};
use sizes::table::table;

/// Print the compressed sizes of files
#[derive(Debug, Parser)]
#[command(name = "sizes")]
enum Args {
    /// The bytes of a module by crate, from the names of its functions
    Parts {
        /// A WebAssembly module with names
        module: PathBuf,
        /// Crates that code is compiled for; if a function mentions several, the first of these counts
        #[arg(long = "for", value_name = "CRATE", value_delimiter = ',')]
        users: Vec<String>,
        /// How many functions to list
        #[arg(long, default_value_t = 25)]
        most: usize,
    },
    /// Folders with WebAssembly and JavaScript, each compared with the previous one
    Layers {
        /// NAME=FOLDER
        #[arg(required = true, value_parser = layer)]
        layers: Vec<Layer>,
    },
}

/// A row of the table: its name, and the folder of its files.
#[derive(Clone, Debug)]
struct Layer {
    name: String,
    folder: PathBuf,
}

fn layer(text: &str) -> Result<Layer, String> {
    let (name, folder) = text.split_once('=').ok_or("give NAME=FOLDER")?;
    Ok(Layer {
        name: name.to_owned(),
        folder: folder.into(),
    })
}

fn main() -> ExitCode {
    let printed = match Args::parse() {
        Args::Parts {
            module,
            users,
            most,
        } => parts(&module, &users, most),
        Args::Layers { layers } => compare(&layers),
    };
    match printed {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn parts(file: &Path, users: &[String], most: usize) -> Result<String> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let module = Module::read(&bytes).with_context(|| file.display().to_string())?;
    let whole = format!(
        "{} bytes, {} as brotli, {} functions (bytes below are raw)\n",
        grouped(module.sent.len()),
        grouped(compressed(&module.sent)),
        grouped(module.functions.len())
    );
    let mut tables = vec![whole, by_crate(&module)];
    if !users.is_empty() {
        tables.push(by_user(&module, users));
    }
    tables.push(by_function(&module, most));
    Ok(tables.join("\n"))
}

fn compare(layers: &[Layer]) -> Result<String> {
    let mut rows = vec![
        [
            "wasm raw",
            "wasm",
            "js",
            "together",
            "more",
            "layer (brotli)",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    let mut before: Option<usize> = None;
    for Layer { name, folder } in layers {
        let sizes = measure(folder, &["wasm", "js"])?;
        let together = sizes.iter().map(|size| size.brotli).sum();
        let more = before.map_or_else(String::new, |before| signed(together, before));
        before = Some(together);
        rows.push(vec![
            grouped(sizes[0].raw),
            grouped(sizes[0].brotli),
            grouped(sizes[1].brotli),
            grouped(together),
            more,
            name.clone(),
        ]);
    }
    Ok(table(&rows))
}

fn signed(now: usize, before: usize) -> String {
    let sign = if now < before { '-' } else { '+' };
    format!("{sign}{}", grouped(now.abs_diff(before)))
}
