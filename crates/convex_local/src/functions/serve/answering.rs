//! The loop that listens to a process: it alone answers system calls and ends runs.

use std::sync::Arc;

use serde_json::Value as Json;
use tokio::sync::mpsc;

use super::event::Event;
use crate::functions::asked::{self, Reply};
use crate::functions::error::FunctionError;
use crate::functions::execute;
use crate::functions::process::Incoming;
use crate::functions::process::wire::{FromRunner, OUTSIDE};
use crate::functions::request::print_line;
use crate::functions::running::{Finish, HttpPart, Run, Runner, watch_for_stalls};
use crate::lock::lock;

/// Serves a process until it ends or is no longer needed. Sends [`Event::Died`] to `died` if it ends unexpectedly.
pub(super) fn serve(
    runner: &Arc<Runner>,
    mut incoming: Incoming,
    died: mpsc::UnboundedSender<Event>,
) {
    tokio::spawn(watch_for_stalls(Arc::downgrade(runner)));
    let weak = Arc::downgrade(runner);
    tokio::spawn(async move {
        while let Some(message) = incoming.next().await {
            let Some(runner) = weak.upgrade() else { return };
            runner.listen();
            hear(&runner, message);
        }
        if let Some(runner) = weak.upgrade() {
            runner.bury();
            let _ = died.send(Event::Died);
        }
    });
}

fn hear(runner: &Arc<Runner>, message: FromRunner<'_>) {
    let Some(id) = message.call() else { return };
    match runner.find(id) {
        Some(run) => {
            run.call.request.listen();
            follow(runner, &run, message);
        }
        None => hear_stray(runner, message),
    }
}

/// Handles messages that belong to no call or to a forgotten one. Such code may still make system calls and may even
/// block until they are answered.
fn hear_stray(runner: &Runner, message: FromRunner<'_>) {
    match message {
        FromRunner::Log { id, level, text } if id == OUTSIDE => {
            print_line(&level, "loading", None, &text);
        }
        FromRunner::Syscall { sequence, .. } => {
            let error = FunctionError::new("The function is over, so nobody waits for its result");
            runner.answer(sequence, &Err(error));
        }
        _ => {}
    }
}

fn follow(runner: &Arc<Runner>, run: &Arc<Run>, message: FromRunner<'_>) {
    match message {
        FromRunner::Syscall {
            sequence, op, args, ..
        } => answer(runner, run, sequence, op, args),
        FromRunner::OpenStream { stream, args, .. } => asked::open_stream(run, stream, args),
        FromRunner::CloseStream { stream, .. } => asked::close_stream(run, stream),
        FromRunner::Result { json, .. } => end(runner, run, run.call.read_result(json)),
        FromRunner::Error { thrown, .. } => end(runner, run, Err(thrown.into())),
        FromRunner::Log { level, text, .. } => log(run, &level, &text),
        FromRunner::Stalled { frames, .. } => runner.stop_endless(run, &frames),
        FromRunner::Swollen { frames, .. } => runner.stop_swollen(run, &frames),
        FromRunner::ReadClock { .. } => run.note_clock(),
        FromRunner::Head { head, .. } => run.send_part(HttpPart::Head(head)),
        FromRunner::Chunk { bytes, .. } => run.send_part(HttpPart::Chunk(bytes)),
        FromRunner::Manifest(_)
        | FromRunner::Refused(_)
        | FromRunner::Pong
        | FromRunner::Unknown => {}
    }
}

fn answer(runner: &Arc<Runner>, run: &Arc<Run>, sequence: u64, op: &str, args: &str) {
    match asked::perform(&runner.context, run, op, args) {
        Reply::Now(answer) => runner.answer(sequence, &answer),
        Reply::Nested(nested) => {
            let savepoint = nested.savepoint;
            let finish = Finish::Nested {
                caller: run.id,
                sequence,
                savepoint,
            };
            let id = runner.number();
            runner.start(&Run::new(
                id,
                nested.call,
                run.now,
                Some(nested.txn),
                finish,
            ));
        }
        Reply::Call(call) => {
            let runner = Arc::clone(runner);
            tokio::spawn(async move {
                let result = execute::by_kind(Arc::clone(&runner), &call).await;
                runner.answer(sequence, &result.map(|value| value.to_string()));
            });
        }
        Reply::Later(answer) => {
            let runner = Arc::clone(runner);
            tokio::spawn(async move { runner.answer(sequence, &answer.await) });
        }
    }
}

fn end(runner: &Runner, run: &Run, result: Result<Json, FunctionError>) {
    runner.forget(run.id);
    match run.take_finish() {
        Some(Finish::Root(done)) => {
            let _ = done.send(result);
        }
        Some(Finish::Nested {
            sequence,
            savepoint,
            ..
        }) => runner.answer(sequence, &asked::settle_nested(run, savepoint, result)),
        Some(Finish::Http(parts)) => {
            let _ = parts.send(result.map_or_else(HttpPart::Failed, |_| HttpPart::End));
        }
        None => {}
    }
}

fn log(run: &Run, level: &str, text: &str) {
    let request = &run.call.request;
    print_line(level, &run.call.label(), Some(request.id), text);
    lock(&request.logs).push(format!("[{level}] {text}"));
}
