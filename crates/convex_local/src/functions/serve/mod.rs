//! The pool of processes, and the choice of a process for each call.
//!
//! - `answering`: the loop that listens to a process and answers its system calls.
//! - `load`: from a folder to processes that serve it; `pool`: the running processes.
//! - `served`: the build that serves now; `supervisor`: reload on change, restart on death, more processes
//!   when they help; `watcher`: the watch on files that cause a reload.
//! - `inspection`: the current content of the folder, for a CLI that pushes it.

mod answering;
mod event;
mod inspection;
mod load;
mod pool;
mod served;
mod supervisor;
mod watcher;

pub(crate) use event::Event;
pub(crate) use inspection::{Inspection, Misfit};
pub(crate) use load::Loader;
pub(crate) use served::Served;
pub(crate) use supervisor::supervise;
pub(crate) use watcher::FolderWatcher;
