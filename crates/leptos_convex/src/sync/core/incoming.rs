//! The server's messages and their consequences.

use super::Core;
use crate::{
    call::CallError,
    sync::{
        Effect, Env, QueryResult,
        auth::Refusal,
        link::{Loss, Phase},
        wire::{self, Incoming, ServerMessage, Transition},
    },
};

impl Core {
    pub(super) fn on_text(&mut self, text: &str, env: Env) {
        self.link.hear(env);
        match wire::decode(text) {
            Incoming::Message(ServerMessage::Chunk {
                text,
                part,
                total,
                id,
            }) => {
                match self
                    .link
                    .chunks
                    .push(part, total, &id, &text)
                    .map(|whole| whole.map(|text| wire::decode(&text)))
                {
                    Ok(None) => return,
                    Ok(Some(Incoming::Message(message @ ServerMessage::Transition(_)))) => {
                        self.on_message(message, env);
                    }
                    _ => self.lose(Loss::Ours("InvalidTransitionChunk"), env),
                }
            }
            Incoming::Message(message) => {
                self.link.chunks.clear();
                self.on_message(message, env);
            }
            Incoming::Unknown(name) => {
                let text = ["ignoring message of unknown type ", &name].concat();
                self.warn(&text);
            }
            Incoming::Malformed => self.lose(Loss::Ours("MalformedMessage"), env),
        }
        if self.link.is(Phase::Open) && self.is_synced() {
            self.link.settle();
        }
    }

    /// Returns whether the server has answered everything that was sent on this connection. Only then does the client
    /// count the connection as successful. An open socket alone is not enough.
    fn is_synced(&self) -> bool {
        !self.auth.is_held()
            && self.auth.is_confirmed()
            && self.queries.is_synced()
            && self.requests.is_synced()
    }

    fn on_message(&mut self, message: ServerMessage, env: Env) {
        match message {
            ServerMessage::Transition(transition) => self.on_transition(transition, env),
            ServerMessage::Response(response) => {
                if let Some(ts) = response.ts {
                    self.link.observe(ts);
                }
                let source = self.requests.source(response.id);
                let is_action = source.is_some_and(|(kind, _)| kind == 'A');
                let told = told(source, &response.log_lines, &response.result);
                self.effects.extend(told);
                self.tell_of_writes(is_action);
                let answer = self.requests.respond(response);
                self.settle_requests(answer.into_iter().collect());
            }
            ServerMessage::AuthError {
                message,
                base_version,
                attempted,
            } => {
                self.on_auth_error(&message, base_version, attempted, env);
            }
            ServerMessage::FatalError { message } => {
                self.warn(&message);
                self.die(Some(message), env);
            }
            // Chunks are assembled before they get here. A ping needs no answer.
            ServerMessage::Chunk { .. } | ServerMessage::Ping => {}
        }
    }

    fn on_transition(&mut self, transition: Transition, env: Env) {
        let Transition {
            start,
            end,
            updates,
            skew,
        } = transition;
        if start != self.link.version {
            return self.lose(Loss::Ours("InvalidTransition"), env);
        }
        if !updates.is_empty() && self.link.is_older_than_shown(end.ts) {
            return self.lose(Loss::Ours("OldTransition"), env);
        }
        self.link.version = end;
        self.link.observe(end.ts);
        for update in updates {
            let source = self.queries.source(update.id);
            let told = told(source, &update.log_lines, &update.result);
            self.effects.extend(told);
            self.queries
                .set_result(update.id, update.result, update.journal);
        }
        // The server has read every `Authenticate` sent, so this state is for the current person.
        let caught_up = end.identity >= self.link.identity;
        if caught_up && self.link.token.as_deref() == self.auth.token() {
            self.queries.reveal_answered();
            if end.identity > start.identity {
                self.auth.on_confirmed(skew, env, &mut self.effects);
            }
        }
        let visible = self.requests.observe(end.ts);
        self.settle_requests(visible);
    }

    fn on_auth_error(&mut self, message: &str, base: Option<u32>, attempted: bool, env: Env) {
        // The server did not get past `base`. The messages sent after that decide.
        if base.is_some_and(|base| base + 1 < self.link.identity) {
            return;
        }
        match self.auth.on_refused(attempted, &mut self.effects) {
            Refusal::Outdated => {}
            Refusal::GaveUp => self.warn(message),
            Refusal::Stop => {
                self.link.stop(env, &mut self.effects);
                let failed = self.requests.disconnect();
                self.tell_of_writes(!failed.is_empty());
                self.settle_requests(failed);
            }
        }
    }
}

/// Returns what a function printed and its error, for the console during development.
fn told(source: Option<(char, &str)>, printed: &[String], result: &QueryResult) -> Vec<Effect> {
    let Some((kind, path)) = source.filter(|_| cfg!(debug_assertions)) else {
        return Vec::new();
    };
    let named = |text: &str| format!("[CONVEX {kind}({path})] {text}");
    let failure = result.as_ref().err().map(|error| match error {
        CallError::Convex(error) => Effect::Error(named(&error.message)),
        other => Effect::Error(named(&other.to_string())),
    });
    let printed = printed.iter().map(|line| Effect::Log(named(line)));
    printed.chain(failure).collect()
}
