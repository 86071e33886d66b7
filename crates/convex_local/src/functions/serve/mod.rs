//! The pool of processes, which chooses the one for a call.
//!
//! - `answering`: listens to a process and does what its functions ask for.
//! - `load`: from a folder to processes that serve it; `pool`: the processes there are.
//! - `served`: what serves now; `supervisor`: reload on change, restart on death, more processes
//!   when they help; `watcher`: what makes for a reload.
//! - `inspection`: what the folder holds at this moment, for a command line that pushes it.

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
