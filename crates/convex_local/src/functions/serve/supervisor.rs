//! The supervisor, which keeps a folder served: it loads it again when a file changes, and starts processes when some
//! are missing.

use std::sync::Weak;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::event::{Event, Loaded};
use super::served::Served;
use super::watcher::FolderWatcher;
use crate::functions::error::LoadError;
use crate::functions::process::Purpose;

/// Editors write a file in several steps; events within this time are one change.
const DEBOUNCE: Duration = Duration::from_millis(40);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The requests since the folder was last loaded.
#[derive(Default)]
struct Wanted {
    changed: bool,
    waiting: Vec<oneshot::Sender<Loaded>>,
}

impl Wanted {
    fn note(&mut self, event: Event) {
        match event {
            Event::Changed => self.changed = true,
            Event::Load(waiting) => self.waiting.push(waiting),
            // Missing processes are counted, so the event itself is not needed.
            Event::Died | Event::Wanted => {}
        }
    }
}

/// Follows `events` as long as the functions are in use.
pub(crate) async fn supervise(
    served: Weak<Served>,
    mut events: mpsc::UnboundedReceiver<Event>,
    mut watcher: Option<FolderWatcher>,
) {
    if let (Some(watcher), Some(served)) = (&mut watcher, served.upgrade()) {
        watcher.follow(&served.pool().catalog.manifest);
    }
    while let Some(event) = events.recv().await {
        let noticed = Instant::now();
        let mut wanted = Wanted::default();
        wanted.note(event);
        while wanted.changed
            && let Ok(Some(event)) = tokio::time::timeout(DEBOUNCE, events.recv()).await
        {
            wanted.note(event);
        }
        let Some(served) = served.upgrade() else {
            return;
        };
        if wanted.changed || !wanted.waiting.is_empty() {
            let loaded = reload(&served, noticed).await;
            if let Some(watcher) = &mut watcher {
                watcher.follow(&served.pool().catalog.manifest);
            }
            for waiting in wanted.waiting {
                // The caller may be gone.
                let _ = waiting.send(loaded.clone());
            }
        }
        replenish(&served, &events).await;
    }
}

/// Puts the changed folder in place of the one that serves, if it loads.
async fn reload(served: &Served, noticed: Instant) -> Loaded {
    let purpose = Purpose::Instead(served.pool().build().to_owned());
    match served.loader.load(&purpose).await {
        Ok(pool) => {
            if served.replace(pool) {
                let took = noticed.elapsed().as_millis();
                tracing::info!("functions reloaded, {took} ms after the change");
            }
            Ok(())
        }
        Err(error) => {
            tracing::error!(
                "the functions do not load; the last good version keeps serving:\n{error}"
            );
            Err(LoadError::new(error.to_string()))
        }
    }
}

/// Starts the processes that are missing, with growing pauses while that fails and none is left. Ends early if there is
/// an event, because a change may be what helps.
async fn replenish(served: &Served, events: &mpsc::UnboundedReceiver<Event>) {
    let mut pause = FIRST_PAUSE;
    let pool = served.pool();
    while pool.lacks_some() {
        match served.loader.another(&pool).await {
            Ok(process) => {
                served.join(&pool, process);
                tracing::info!("one more functions runner: {} now", pool.living());
                continue;
            }
            Err(error) => tracing::error!("cannot start a functions runner:\n{error}"),
        }
        if pool.living() > 0 {
            return pool.make_do();
        }
        tokio::time::sleep(pause).await;
        if !events.is_empty() {
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
