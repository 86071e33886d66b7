//! The sources of a function spec.

use std::path::PathBuf;
use std::process::Command;

use crate::Error;

/// The sources of a function spec.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Source {
    /// A file with the output of `npx convex function-spec` or `convex-local function-spec`.
    File(PathBuf),
    /// A folder with functions, loaded by the local backend: no account, no network.
    Folder {
        /// The folder, `convex`.
        convex_dir: PathBuf,
        /// The program, `convex-local`.
        program: PathBuf,
    },
    /// A running backend, asked by the Convex CLI with these arguments, such as `--prod`. The CLI finds the backend and
    /// its key as usual: `.env.local`, `CONVEX_DEPLOYMENT`, `CONVEX_SELF_HOSTED_URL`.
    Deployment(Vec<String>),
}

impl Source {
    /// Creates the source for a folder with functions, loaded by the `convex-local` on the `PATH`.
    pub fn folder(convex_dir: impl Into<PathBuf>) -> Self {
        Self::Folder {
            convex_dir: convex_dir.into(),
            program: "convex-local".into(),
        }
    }

    /// Reads the spec.
    ///
    /// # Errors
    /// When the file cannot be read, the program is missing, or the program fails. The error contains its output.
    pub fn read(&self) -> Result<String, Error> {
        match self {
            Self::File(path) => std::fs::read_to_string(path).map_err(|source| Error::Read {
                path: path.clone(),
                source,
            }),
            Self::Folder {
                convex_dir,
                program,
            } => {
                let mut command = Command::new(program);
                command.args(["function-spec", "--convex-dir"]);
                output(
                    command.arg(convex_dir),
                    "`cargo install convex_local` builds it; or use a running backend or a file",
                )
            }
            Self::Deployment(arguments) => {
                let mut command = Command::new("npx");
                command.args(["--no-install", "convex", "function-spec"]);
                output(
                    command.args(arguments),
                    "it comes with Node.js; `npm install convex` installs the Convex CLI",
                )
            }
        }
    }
}

fn output(command: &mut Command, advice: &'static str) -> Result<String, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|source| Error::Start {
        program: program.clone(),
        advice,
        source,
    })?;
    if !output.status.success() {
        return Err(Error::Failed {
            program,
            said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
