//! The configuration of a backend.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use crate::functions::{Limits, default_workers};

/// The configuration for [`LocalBackend::start`](crate::LocalBackend::start).
#[derive(Debug, Clone)]
pub struct LocalConfig {
    /// The `convex/` folder.
    pub convex_dir: PathBuf,
    /// Where data is kept. `.convex-local` beside the functions folder by default.
    pub data_dir: PathBuf,
    /// The address to listen on. 127.0.0.1 by default, because everybody who can reach the ports may call
    /// the app's public functions.
    pub host: IpAddr,
    /// The ports to listen on.
    pub ports: Ports,
    /// Origins whose pages may use both ports, and whose hosts are valid names for them, in addition to this
    /// machine's own and `SITE_URL` of the functions: `https://app.example.com`. Programs other than browsers need no
    /// entry.
    pub allowed_origins: Vec<String>,
    /// How many sockets may be open from one [`ClientAddress`](crate::ClientAddress). An open page has one.
    pub sockets_per_address: usize,
    /// Environment variables of the functions. They are added to the stored ones and override them: `SITE_URL`,
    /// `GITHUB_CLIENT_ID`, …
    pub env: BTreeMap<String, String>,
    /// The value of `CONVEX_CLOUD_URL` for functions, if clients reach the port by another address.
    pub cloud_url: Option<String>,
    /// The value of `CONVEX_SITE_URL` for functions, the issuer of the app's own tokens.
    pub site_url: Option<String>,
    /// The origin where browsers reach stored files, if not this backend's own port: an app that mounts
    /// [`LocalBackend::files_router`](crate::LocalBackend::files_router).
    pub files_url: Option<String>,
    /// Whether a changed file in `convex_dir` reloads the functions.
    pub watch: bool,
    /// Whether crons and scheduled functions run when they are due.
    pub schedule: bool,
    /// Whether to serve only the data. No function runs then, only the schemas are loaded, and required variables may
    /// be missing.
    pub data_only: bool,
    /// The limits on functions.
    pub limits: Limits,
    /// How many Node.js processes may run functions: one is started at first, more when needed. One
    /// for each processor by default, up to four.
    pub workers: usize,
}

/// The pair of ports: functions API and live queries on the first, HTTP actions on the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// These two or, when one is taken, the next free pair.
    From(u16, u16),
    /// Exactly these two.
    Exactly(u16, u16),
    /// Any two free ports: for tests.
    Any,
}

impl Default for Ports {
    /// Returns 3210 and 3211, Convex's own for local deployments.
    fn default() -> Self {
        Self::From(3210, 3211)
    }
}

impl LocalConfig {
    /// Creates the usual settings for a functions folder.
    #[must_use]
    pub fn new(convex_dir: impl Into<PathBuf>) -> Self {
        let convex_dir = convex_dir.into();
        let data_dir = convex_dir.with_file_name(".convex-local");
        Self {
            convex_dir,
            data_dir,
            host: Ipv4Addr::LOCALHOST.into(),
            ports: Ports::default(),
            allowed_origins: Vec::new(),
            sockets_per_address: 256,
            env: BTreeMap::new(),
            cloud_url: None,
            site_url: None,
            files_url: None,
            watch: true,
            schedule: true,
            data_only: false,
            limits: Limits::default(),
            workers: default_workers(),
        }
    }
}
