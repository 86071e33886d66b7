//! One process that has loaded a folder, and the calls that are running in it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value as Json;
use tokio::sync::mpsc;

use super::call_state::{Call, Finish, HttpPart, lock};
use super::catalog::{Catalog, Function};
use super::request::Request;
use super::supervisor::Event;
use super::worker::{Incoming, Worker};
use super::{FunctionError, Shared, messages, nested, syscalls};

/// How often a process with running calls is asked whether it still listens.
const PING_INTERVAL: Duration = Duration::from_millis(200);

/// After so much silence, though it was asked for a sign of life, calls had better go elsewhere.
const BLOCKED: Duration = Duration::from_millis(400);
/// How much longer than it should a process may be deaf: by then it has told which call is to blame,
/// if it can.
const STALL_GRACE: Duration = Duration::from_secs(2);

/// How busy a process is. In this order calls go to one or another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Load {
    /// It does not give way: some function computes.
    pub(crate) blocked: bool,
    /// Calls that have not ended.
    pub(crate) calls: usize,
}

/// One process that has loaded a folder.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) shared: Arc<Shared>,
    pub(crate) catalog: Arc<Catalog>,
    worker: Worker,
    calls: Mutex<HashMap<u64, Arc<Call>>>,
    next_call: AtomicU64,
    /// Milliseconds after `started` at which the process last said something.
    heard: AtomicU64,
    started: Instant,
    dead: AtomicBool,
}

impl Live {
    pub(crate) fn new(shared: Arc<Shared>, catalog: Arc<Catalog>, worker: Worker) -> Arc<Self> {
        Arc::new(Self {
            shared,
            catalog,
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
                live.listen();
                live.handle(line);
            }
            if let Some(live) = weak.upgrade() {
                live.bury();
                let _ = died.send(Event::Died);
            }
        });
    }

    /// How busy it is.
    pub(crate) fn load(&self) -> Load {
        let calls = lock(&self.calls).len();
        Load {
            blocked: calls > 0 && self.silence() >= BLOCKED,
            calls,
        }
    }

    /// How long it has said nothing, or had nothing to say.
    fn silence(&self) -> Duration {
        let heard = self.heard.load(Ordering::Relaxed);
        Duration::from_millis(self.age().saturating_sub(heard))
    }

    /// Starts to wait for signs of life.
    fn listen(&self) {
        self.heard.store(self.age(), Ordering::Relaxed);
    }

    fn age(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn bury(&self) {
        self.dead.store(true, Ordering::Release);
        let calls = std::mem::take(&mut *lock(&self.calls));
        for call in calls.into_values() {
            let error = "The process that ran this function ended unexpectedly; it is being restarted. Try again.";
            fail(&call, FunctionError::process_died(error));
        }
    }

    /// Ends the process because of `culprit`, which computes for too long; `frames` tell where.
    fn stop_runaway(&self, culprit: &Call, frames: &str) {
        // From now on no call comes here.
        self.dead.store(true, Ordering::Release);
        let stall = self.shared.config.limits.stall;
        tracing::error!(
            target: "convex_local::functions",
            function = culprit.label(),
            request = %culprit.request.id,
            "does not give way for {stall:?} and is stopped, and its process with it; is there an endless loop?{frames}"
        );
        let guilty: Vec<_> = lock(&self.calls)
            .extract_if(|_, call| call.request.id == culprit.request.id)
            .collect();
        for (_, call) in guilty {
            let error = FunctionError::timed_out(stall);
            let message = format!("{}{frames}", error.message);
            fail(&call, FunctionError { message, ..error });
        }
        self.worker.kill();
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
        let id = call.id;
        {
            let mut calls = lock(&self.calls);
            if calls.is_empty() {
                self.listen();
            }
            calls.insert(id, call);
        }
        // Looked at afterwards: whoever buries the others may have missed this one.
        if self.is_dead()
            && let Some(call) = self.forget(id)
        {
            let error = "The process that runs functions is being restarted. Try again.";
            fail(&call, FunctionError::process_died(error));
        }
    }

    /// Forgets a call; what the process still says about it is ignored.
    pub(crate) fn forget(&self, id: u64) -> Option<Arc<Call>> {
        lock(&self.calls).remove(&id)
    }

    /// Tells the process something that is no answer.
    pub(crate) fn tell(&self, message: String) {
        self.worker.send(message);
    }

    /// What is wrong with a request that has taken as long as it may.
    ///
    /// A query or mutation has nothing to wait for but answers from here, and they come at once: if
    /// it has been still for most of the time, it awaits what will never come. So does, as a rule,
    /// the innermost of the functions that called one another.
    pub(crate) fn overdue(&self, request: &Request, limit: Duration) -> FunctionError {
        let calls = lock(&self.calls);
        let calls = calls.values().filter(|call| call.request.id == request.id);
        let innermost = calls.max_by_key(|call| call.depth);
        match innermost.filter(|call| call.txn.is_some() && request.silence() > limit / 2) {
            Some(still) => FunctionError::never_settles(&still.label(), limit),
            None => FunctionError::timed_out(limit),
        }
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
        // Names a ping, not a call; that it came is all it says.
        if kind == "Q " {
            return;
        }
        if id == 0 {
            messages::log_outside(rest);
            return;
        }
        let Some(call) = lock(&self.calls).get(&id).cloned() else {
            self.refuse_late(kind, rest);
            return;
        };
        call.request.listen();
        match kind.as_bytes().first() {
            Some(b'S') => self.system_call(&call, rest),
            Some(b'N') => syscalls::open_stream(&call, rest),
            Some(b'D') => syscalls::close_stream(&call, rest),
            Some(b'R') => self.finish(&call, messages::parse(rest)),
            Some(b'E') => self.finish(&call, Err(messages::parse_error(rest))),
            Some(b'L') => messages::log_line(&call, rest),
            Some(b'T') => self.stop_runaway(&call, &messages::parse_text(rest)),
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
            continue;
        }
        let limit = live.shared.config.limits.stall + STALL_GRACE;
        if live.silence() >= limit {
            let labels = lock(&live.calls)
                .values()
                .map(|call| call.label())
                .collect::<Vec<_>>();
            tracing::error!(
                "a functions runner does not give way for {limit:?} and is stopped (running: {})",
                labels.join(", "),
            );
            live.worker.kill();
        } else {
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
