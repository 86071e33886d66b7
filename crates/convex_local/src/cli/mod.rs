//! The command line: its arguments, and one file per command.

mod codegen;
mod data;
mod dev;
mod env;
mod export;
mod import;
mod project;
mod remote;
mod reset;
mod run;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use convex_local::functions::{self, FunctionsConfig};
use convex_local::{LocalConfig, Ports};

/// Run a Convex app's convex/ folder on this machine: no account, no network.
///
/// Queries, mutations, actions, HTTP actions and live queries work with the official Convex
/// clients. Data is kept in SQLite in the data folder.
#[derive(Debug, Parser)]
#[command(
    name = "convex-local",
    version,
    after_help = "Examples:\n  \
        convex-local                                     serve ./convex\n  \
        convex-local env set SITE_URL http://localhost:3000\n  \
        convex-local run todos:create '{\"text\": \"tea\"}'\n  \
        convex-local data todos\n  \
        convex-local export --include-file-storage       all data as a ZIP file\n  \
        convex-local import snapshot.zip --replace-all\n\n\
        RUST_LOG=debug shows more."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct Folders {
    /// The folder with the functions [default: `functions` in convex.json, or convex].
    #[arg(long, global = true, env = "CONVEX_DIR", value_name = "DIR")]
    convex_dir: Option<PathBuf>,
    /// The folder for the data [default: .convex-local beside the functions folder].
    #[arg(long, global = true, env = "CONVEX_DATA_DIR", value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve in the foreground and reload changed functions. This is the default command.
    Dev(Dev),
    /// Show or change the environment variables of the functions.
    #[command(subcommand)]
    Env(Env),
    /// Run a query, mutation or action, internal ones included, and print its result.
    Run {
        /// `module:function`, for example `todos:list`.
        function: String,
        /// The argument object as JSON.
        #[arg(default_value = "{}")]
        args: String,
    },
    /// List the tables, or print the documents of one.
    Data {
        /// The table to print.
        table: Option<String>,
    },
    /// Write all data to a ZIP file that `npx convex import` can read.
    ///
    /// The snapshot is consistent, and a running backend keeps serving. Environment variables and scheduled functions
    /// are not included.
    Export {
        /// The file to write, or the folder to write it into [default: snapshot_TIME.zip here].
        #[arg(long, value_name = "FILE")]
        path: Option<PathBuf>,
        /// Include stored files.
        #[arg(long)]
        include_file_storage: bool,
    },
    /// Read data from a snapshot (.zip), or into one table from .jsonl, .json or .csv.
    ///
    /// Keeps ids and creation times. Imports everything or nothing: if a row cannot be read or does not match the
    /// schema, the error names its file and number.
    Import(Import),
    /// Delete all data, including environment variables.
    Reset {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Print the functions and their types as JSON, as `npx convex function-spec` does.
    FunctionSpec,
    /// Write the types in _generated again, as `npx convex codegen` does; without a network.
    ///
    /// Run it after a file with functions or a component was added or removed, and after a change to a component's
    /// functions. It needs npm `convex`, runs no function and does not touch the data folder.
    Codegen,
}

#[derive(Debug, Args)]
struct Dev {
    /// The address to listen on. At another address than 127.0.0.1, everybody who can reach it may call the app's
    /// public functions.
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Port of the functions API and live queries [default: 3210, or the next free pair].
    #[arg(long, requires = "site_port")]
    cloud_port: Option<u16>,
    /// Port of the HTTP actions [default: 3211, or the next free pair].
    #[arg(long, requires = "cloud_port")]
    site_port: Option<u16>,
    /// Another origin whose pages may use this backend, for example https://app.example.com. Origins on this machine
    /// and SITE_URL are always allowed. Repeatable.
    #[arg(long = "allow-origin", value_name = "URL")]
    allowed_origins: Vec<url::Url>,
    /// An environment variable for the functions, only for this run. Repeatable.
    #[arg(long = "env", value_name = "NAME=VALUE", value_parser = assignment)]
    env: Vec<(String, String)>,
    /// The largest number of Node.js processes that run functions. One is started at first, others when needed
    /// [default: one for each processor, up to 4].
    #[arg(long, value_name = "N")]
    workers: Option<NonZeroUsize>,
}

#[derive(Debug, Args)]
struct Import {
    /// The file to read.
    file: PathBuf,
    /// The table to import into, required for all formats except ZIP.
    #[arg(long)]
    table: Option<String>,
    /// The format of the file [default: by its extension].
    #[arg(long, value_enum)]
    format: Option<import::FileFormat>,
    /// The component to import into.
    #[arg(long, value_name = "PATH")]
    component: Option<String>,
    /// Add to the existing documents.
    #[arg(long, conflicts_with_all = ["replace", "replace_all"])]
    append: bool,
    /// Replace the tables that are imported.
    #[arg(long, conflicts_with = "replace_all")]
    replace: bool,
    /// Replace all tables: those that are not imported are emptied.
    #[arg(long)]
    replace_all: bool,
    /// Do not ask before documents are deleted.
    #[arg(short, long)]
    yes: bool,
}

impl Default for Dev {
    fn default() -> Self {
        let host = Ipv4Addr::LOCALHOST.into();
        Self {
            host,
            cloud_port: None,
            site_port: None,
            allowed_origins: Vec::new(),
            env: Vec::new(),
            workers: None,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Env {
    /// Print all variables.
    List,
    /// Print the value of one variable.
    Get {
        /// Its name.
        name: String,
    },
    /// Set a variable.
    Set {
        /// Its name.
        name: String,
        /// Its value; read from standard input when left out, so that secrets need not stand in
        /// the shell's history.
        value: Option<String>,
    },
    /// Remove a variable.
    Unset {
        /// Its name.
        name: String,
    },
}

fn assignment(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Arguments {
    /// Returns the default log level: a server logs its work, a command that prints a result does not.
    pub(crate) fn default_log_filter(&self) -> &'static str {
        match self.command {
            None | Some(Command::Dev(_)) => "info",
            Some(_) => "warn",
        }
    }
}

impl Folders {
    fn config(&self) -> anyhow::Result<LocalConfig> {
        let convex_dir = match &self.convex_dir {
            Some(dir) => dir.clone(),
            None => project::functions_folder(Path::new("convex.json"))?,
        };
        let mut config = LocalConfig::new(convex_dir);
        if let Some(data_dir) = &self.data_dir {
            config.data_dir.clone_from(data_dir);
        }
        Ok(config)
    }
}

/// Runs the command.
#[tokio::main]
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let config = arguments.folders.config()?;
    match arguments.command.unwrap_or(Command::Dev(Dev::default())) {
        Command::Dev(options) => {
            let ports = options.cloud_port.zip(options.site_port);
            let ports = ports.map_or(Ports::default(), |(cloud, site)| {
                Ports::Exactly(cloud, site)
            });
            let env: BTreeMap<_, _> = options.env.into_iter().collect();
            dev::serve(LocalConfig {
                host: options.host,
                ports,
                allowed_origins: options
                    .allowed_origins
                    .iter()
                    .map(url::Url::to_string)
                    .collect(),
                env,
                workers: options.workers.map_or(config.workers, NonZeroUsize::get),
                ..config
            })
            .await
        }
        Command::Env(command) => env::run(&config, command).await,
        Command::Run { function, args } => run::run(config, &function, &args).await,
        Command::Data { table } => data::print(&config, table.as_deref()).await,
        Command::Export {
            path,
            include_file_storage,
        } => export::run(&config, path.as_deref(), include_file_storage).await,
        Command::Import(options) => import::run(config, &options).await,
        Command::Reset { yes } => reset::run(&config, yes),
        Command::FunctionSpec => {
            let config = FunctionsConfig::new(&config.convex_dir, &config.data_dir);
            let spec = functions::function_spec(&config).await?;
            println!("{}", serde_json::to_string_pretty(&spec)?);
            Ok(())
        }
        Command::Codegen => codegen::run(config).await,
    }
}
