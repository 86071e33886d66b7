//! One loaded folder: its process, what is in it, and the calls that are running.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value as Json;
use tokio::sync::mpsc;

use super::call_state::{Call, Finish, HttpPart, lock};
use super::catalog::{Catalog, Function};
use super::config::Limits;
use super::supervisor::Event;
use super::worker::{Incoming, Worker};
use super::{FunctionError, Shared, messages, nested, syscalls};

/// How often a silent process with running calls is asked whether it still listens.
const PING_INTERVAL: Duration = Duration::from_secs(1);

/// One loaded folder.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) shared: Arc<Shared>,
    pub(crate) catalog: Catalog,
    /// Which environment it was started with, see `Launcher::change_env`.
    pub(crate) env_version: u64,
    worker: Worker,
    calls: Mutex<HashMap<u64, Arc<Call>>>,
    next_call: AtomicU64,
    /// Milliseconds after `started` at which the process last said something.
    heard: AtomicU64,
    started: Instant,
    dead: AtomicBool,
}

impl Live {
    pub(crate) fn new(
        shared: Arc<Shared>,
        catalog: Catalog,
        worker: Worker,
        env_version: u64,
    ) -> Arc<Self> {
        Arc::new(Self {
            shared,
            catalog,
            env_version,
            worker,
            calls: Mutex::default(),
            next_call: AtomicU64::new(1),
            heard: AtomicU64::new(0),
            started: Instant::now(),
            dead: AtomicBool::new(false),
        })
    }

    pub(crate) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Acquire)
    }

    /// Serves the process until it ends or nobody needs it any more. `died` hears of an end that
    /// nobody asked for.
    pub(crate) fn serve(
        this: &Arc<Self>,
        mut incoming: Incoming,
        died: mpsc::UnboundedSender<Event>,
    ) {
        tokio::spawn(watch_for_stalls(Arc::downgrade(this)));
        let weak = Arc::downgrade(this);
        tokio::spawn(async move {
            while let Some(line) = incoming.next().await {
                let Some(live) = weak.upgrade() else { return };
                live.heard.store(live.age(), Ordering::Relaxed);
                live.handle(line);
            }
            if let Some(live) = weak.upgrade() {
                live.bury();
                let _ = died.send(Event::Died);
            }
        });
    }

    fn age(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn bury(&self) {
        self.dead.store(true, Ordering::Release);
        let calls = std::mem::take(&mut *lock(&self.calls));
        for call in calls.into_values() {
            let error = "The process that runs functions ended unexpectedly; it is being restarted. Try again.";
            fail(&call, FunctionError::interrupted(error));
        }
    }

    /// A new number for a call.
    pub(crate) fn number(&self) -> u64 {
        self.next_call.fetch_add(1, Ordering::Relaxed)
    }

    /// Notes a call and starts `function` with `args` (the argument object).
    pub(crate) fn start(&self, call: Arc<Call>, function: &Function, args: &Json) {
        let message = format!(
            "C {} {} {} {} /{} {} [{args}]",
            call.id,
            call.now,
            function.kind.wire(),
            function.definition,
            function.mount,
            function.path,
        );
        self.note(call);
        self.worker.send(message);
    }

    /// Notes a call and starts an HTTP action.
    pub(crate) fn start_http(
        &self,
        call: Arc<Call>,
        definition: usize,
        route: &str,
        request: &Json,
    ) {
        let message = format!(
            "G {} {definition} /{} {route} {request}",
            call.id,
            call.mount()
        );
        self.note(call);
        self.worker.send(message);
    }

    fn note(&self, call: Arc<Call>) {
        if self.is_dead() {
            fail(
                &call,
                FunctionError::interrupted(
                    "The process that runs functions is being restarted. Try again.",
                ),
            );
            return;
        }
        lock(&self.calls).insert(call.id, call);
    }

    /// Forgets a call; what the process still says about it is ignored.
    pub(crate) fn forget(&self, id: u64) -> Option<Arc<Call>> {
        lock(&self.calls).remove(&id)
    }

    /// Answers a system call.
    pub(crate) fn answer(&self, sequence: u64, answer: Result<String, FunctionError>) {
        self.worker.send(match answer {
            Ok(json) => format!("O {sequence} {json}"),
            Err(error) => {
                let mut object = serde_json::json!({ "message": error.message });
                if let Some(data) = error.data {
                    object["data"] = data;
                }
                format!("X {sequence} {object}")
            }
        });
    }

    fn handle(self: &Arc<Self>, line: &str) {
        let (kind, rest) = line.split_at_checked(2).unwrap_or((line, ""));
        let (id, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let Ok(id) = id.parse::<u64>() else { return };
        if id == 0 {
            messages::log_outside(rest);
            return;
        }
        let Some(call) = lock(&self.calls).get(&id).cloned() else {
            self.refuse_late(kind, rest);
            return;
        };
        match kind.as_bytes().first() {
            Some(b'S') => self.system_call(&call, rest),
            Some(b'N') => syscalls::open_stream(&call, rest),
            Some(b'D') => syscalls::close_stream(&call, rest),
            Some(b'R') => self.finish(&call, messages::parse(rest)),
            Some(b'E') => self.finish(&call, Err(messages::parse_error(rest))),
            Some(b'L') => messages::log_line(&call, rest),
            Some(b'H') => messages::http_head(&call, rest),
            Some(b'B') => messages::http_chunk(&call, rest),
            _ => {}
        }
    }

    /// A call that was given up may still ask for something, and may even block until it hears.
    fn refuse_late(&self, kind: &str, rest: &str) {
        let sequence = rest.split(' ').next().and_then(|field| field.parse().ok());
        if let ("S ", Some(sequence)) = (kind, sequence) {
            let error = FunctionError::new("The function is over, so nobody waits for its result");
            self.answer(sequence, Err(error));
        }
    }

    fn system_call(self: &Arc<Self>, call: &Arc<Call>, rest: &str) {
        let mut fields = rest.splitn(3, ' ');
        let (Some(sequence), Some(op), Some(args)) = (
            fields.next().and_then(|field| field.parse().ok()),
            fields.next(),
            fields.next(),
        ) else {
            return;
        };
        syscalls::perform(self, call, sequence, op, args);
    }

    fn finish(self: &Arc<Self>, call: &Arc<Call>, result: Result<Json, FunctionError>) {
        self.forget(call.id);
        let Some(finish) = lock(&call.finish).take() else {
            return;
        };
        match finish {
            Finish::Root(done) => {
                let _ = done.send(result);
            }
            Finish::Nested(nested) => nested::finish(self, call, &nested, result),
            Finish::Http(parts) => {
                let _ = parts.send(result.map_or_else(HttpPart::Failed, |_| HttpPart::End));
            }
        }
    }
}

/// Kills a process that neither says anything nor answers for too long: user code that loops.
async fn watch_for_stalls(live: Weak<Live>) {
    loop {
        tokio::time::sleep(PING_INTERVAL).await;
        let Some(live) = live.upgrade() else { return };
        if live.is_dead() {
            return;
        }
        if lock(&live.calls).is_empty() {
            live.heard.store(live.age(), Ordering::Relaxed);
            continue;
        }
        let silence = live
            .age()
            .saturating_sub(live.heard.load(Ordering::Relaxed));
        let Limits { stall, .. } = live.shared.config.limits;
        if u128::from(silence) >= stall.as_millis() {
            let running: Vec<String> = lock(&live.calls)
                .values()
                .map(|call| call.label())
                .collect();
            tracing::error!(
                "functions do not give way for {} s and are stopped (running: {}); is there an endless loop?",
                stall.as_secs(),
                running.join(", "),
            );
            live.worker.kill();
        } else if u128::from(silence) >= PING_INTERVAL.as_millis() / 2 {
            // The answer, like everything the process says, counts as a sign of life.
            live.worker.send("P 1".to_owned());
        }
    }
}

fn fail(call: &Call, error: FunctionError) {
    match lock(&call.finish).take() {
        Some(Finish::Root(done)) => {
            let _ = done.send(Err(error));
        }
        Some(Finish::Http(parts)) => {
            let _ = parts.send(HttpPart::Failed(error));
        }
        Some(Finish::Nested(_)) | None => {}
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
