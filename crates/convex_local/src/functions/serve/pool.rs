//! A loaded folder and the processes that run its functions.
//!
//! It begins with one process; another one is started when calls would have to wait, up to a limit.
//! A call stays with its process, and so do the calls that it makes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;

use super::event::Event;
use crate::functions::folder::Catalog;
use crate::functions::running::Runner;
use crate::lock::lock;

/// The number of calls in one process from which another process helps. Actions wait more than they compute, and a
/// page makes a handful of calls at once.
const CROWD: usize = 8;

/// One loaded folder.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) catalog: Arc<Catalog>,
    /// Which environment it was loaded with, see `Launcher::change_env`.
    pub(crate) env_version: u64,
    processes: Mutex<Vec<Arc<Runner>>>,
    /// The wanted number of processes. It grows with need, and dead processes are replaced.
    wanted: AtomicUsize,
    most: usize,
    events: mpsc::UnboundedSender<Event>,
}

impl Pool {
    /// Creates a pool of at most `most` processes, with the `first` that has loaded the folder.
    pub(crate) fn new(
        first: Arc<Runner>,
        env_version: u64,
        most: usize,
        events: mpsc::UnboundedSender<Event>,
    ) -> Self {
        Self {
            catalog: Arc::clone(&first.context.catalog),
            env_version,
            processes: Mutex::new(vec![first]),
            wanted: AtomicUsize::new(1),
            most,
            events,
        }
    }

    /// Returns the name of the build that is loaded, see `Manifest::build`.
    pub(crate) fn build(&self) -> &str {
        &self.catalog.manifest.build
    }

    /// Picks the least busy process for the next call. `None` if it is better to wait for another process, which is
    /// then being started.
    pub(crate) fn choose(&self) -> Option<Arc<Runner>> {
        let (chosen, living) = {
            let processes = lock(&self.processes);
            let loads = processes.iter().filter(|process| !process.is_dead());
            let mut loads: Vec<_> = loads.map(|process| (process.load(), process)).collect();
            let living = loads.len();
            loads.sort_unstable_by_key(|(load, _)| *load);
            let chosen = loads.first();
            (chosen.map(|(load, it)| (*load, Arc::clone(it))), living)
        };
        let (load, process) = chosen?;
        let room = living < self.most;
        if room && (load.blocked || load.calls >= CROWD) {
            self.want(living + 1);
        }
        (!load.blocked || !room).then_some(process)
    }

    fn want(&self, count: usize) {
        if self.wanted.fetch_max(count, Ordering::AcqRel) < count {
            // Sending fails only while the functions are being dropped.
            let _ = self.events.send(Event::Wanted);
        }
    }

    /// Returns whether there should be more processes than there are.
    pub(crate) fn lacks_some(&self) -> bool {
        self.living() < self.wanted.load(Ordering::Acquire)
    }

    /// Lowers the wanted number to that of the running processes, until more are wanted again.
    pub(crate) fn make_do(&self) {
        self.wanted.store(self.living(), Ordering::Release);
    }

    /// Adds a process that has loaded the same build.
    pub(crate) fn add(&self, process: Arc<Runner>) {
        let mut processes = lock(&self.processes);
        processes.retain(|process| !process.is_dead());
        processes.push(process);
    }

    /// Returns how many processes there are.
    pub(crate) fn living(&self) -> usize {
        let processes = lock(&self.processes);
        processes
            .iter()
            .filter(|process| !process.is_dead())
            .count()
    }
}
