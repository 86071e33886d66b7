//! The configuration of a folder's functions.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The configuration for [`Functions::start`](super::Functions::start).
#[derive(Clone, Debug)]
pub struct FunctionsConfig {
    /// The `convex/` folder. Its `node_modules` are looked for from here upwards.
    pub convex_dir: PathBuf,
    /// Where bundles are kept between starts (a sub-folder `functions` is made here).
    pub data_dir: PathBuf,
    /// The variables that functions see in `process.env`, with the two URLs below.
    pub env: BTreeMap<String, String>,
    /// `CONVEX_CLOUD_URL` for the functions, without a trailing slash.
    pub cloud_url: String,
    /// `CONVEX_SITE_URL` for the functions, without a trailing slash.
    pub site_url: String,
    /// The base URL for uploads and downloads of stored files, if not `cloud_url`.
    pub files_url: Option<String>,
    /// Whether a changed file under `convex_dir` reloads the functions.
    pub watch: bool,
    /// Whether only the schemas are loaded, for a look at the data. No function can be called then.
    pub schemas_only: bool,
    /// The limits on functions.
    pub limits: Limits,
    /// How many Node.js processes may run functions. One is started at first, more when needed.
    pub workers: usize,
    /// The Node.js to run functions with; `None` takes the one on the `PATH`.
    pub node: Option<PathBuf>,
}

impl FunctionsConfig {
    /// Creates a configuration with the default limits and no environment, which watches the folder.
    pub fn new(convex_dir: impl Into<PathBuf>, data_dir: impl Into<PathBuf>) -> Self {
        Self {
            convex_dir: convex_dir.into(),
            data_dir: data_dir.into(),
            env: BTreeMap::new(),
            cloud_url: "http://127.0.0.1:3210".into(),
            site_url: "http://127.0.0.1:3211".into(),
            files_url: None,
            watch: true,
            schemas_only: false,
            limits: Limits::default(),
            workers: default_workers(),
            node: None,
        }
    }
}

/// Returns the default number of processes: one for each processor, up to four.
pub(crate) fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().min(4))
}

/// The limits on functions: time and memory.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Wall-clock time of a query or of one try of a mutation.
    pub transaction: Duration,
    /// Wall-clock time of an action or HTTP action; ten minutes on Convex.
    pub action: Duration,
    /// How long a query or mutation may compute, over all its steps: processor time, without waiting and without
    /// loading its modules. Whole milliseconds; a second on Convex.
    pub computing: Duration,
    /// How long any function may compute without yielding (a loop that never awaits) before it is stopped.
    pub stall: Duration,
    /// The most bytes of memory that a call may hold; 64 MiB on Convex. It applies to calls in a realm of their own,
    /// which are all but those of `"use node"` files.
    pub memory: usize,
    /// How long a call may wait for its turn.
    pub queue: Duration,
    /// How long loading a folder may take.
    pub load: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            transaction: Duration::from_secs(15),
            action: Duration::from_secs(600),
            computing: Duration::from_secs(1),
            stall: Duration::from_secs(10),
            memory: 64 << 20,
            queue: Duration::from_secs(15),
            load: Duration::from_secs(60),
        }
    }
}
