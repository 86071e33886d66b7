//! The state machine: connection, authentication, queries and requests put together.

mod incoming;

use uuid::Uuid;

use super::{
    AuthSnapshot, ConnectionState, Effect, Env, Event, Greeting, Request, Settings, Timer,
    auth::Auth,
    event::LONGEST_DELAY,
    link::{Link, Loss, Phase},
    optimistic::Layers,
    query_set::QuerySet,
    requests::{Answer, Requests},
    wire::{ClientMessage, Timestamp},
};
use crate::call::QueryKey;

pub(crate) struct Core {
    pub(super) link: Link,
    pub(super) auth: Auth,
    pub(super) queries: QuerySet,
    pub(super) requests: Requests,
    pub(super) layers: Layers,
    settings: Settings,
    effects: Vec<Effect>,
    /// Returned after the results that they belong to.
    answers: Vec<Answer>,
    told_auth: AuthSnapshot,
    told_connection: ConnectionState,
    told_moment: Option<Timestamp>,
}

impl Core {
    pub(crate) fn new(session: Uuid, settings: Settings) -> Self {
        Self {
            link: Link::new(session),
            auth: Auth::new(settings),
            queries: QuerySet::default(),
            requests: Requests::default(),
            layers: Layers::default(),
            settings,
            effects: Vec::new(),
            answers: Vec::new(),
            told_auth: AuthSnapshot::default(),
            told_connection: ConnectionState::default(),
            told_moment: None,
        }
    }

    /// Handles one event. [`Core::take_effects`] then returns its effects.
    pub(crate) fn handle(&mut self, event: Event, env: Env) {
        let epoch = self.auth.snapshot().epoch;
        let was_somebody = self.auth.is_somebody();
        match event {
            Event::Subscribe(key) => self.subscribe(key),
            Event::Unsubscribe(key) => self.unsubscribe(&key, env),
            Event::Request(request) => self.request(request, env),
            Event::Observed(ts) => self.link.observe(ts),
            Event::SetAuth(initial) => self.auth.configure(initial, &mut self.effects),
            Event::RefreshAuth => self.auth.refresh(&mut self.effects),
            Event::ClearAuth => self.auth.clear(&mut self.effects),
            Event::Token { ticket, outcome } => {
                self.auth
                    .on_outcome(ticket, outcome, env, &mut self.effects);
            }
            Event::Opened(socket) if self.link.concerns(socket) => self.on_open(env),
            Event::Greeted { socket, greeting } if self.link.concerns(socket) => {
                self.on_greeted(greeting, env);
            }
            Event::Closed {
                socket,
                code,
                reason,
            } if self.link.concerns(socket) => {
                self.lose(Loss::Theirs { code, reason }, env);
            }
            Event::Message { socket, text } if self.link.concerns(socket) => {
                self.on_text(&text, env);
            }
            Event::Opened(_)
            | Event::Greeted { .. }
            | Event::Closed { .. }
            | Event::Message { .. } => {}
            Event::Timer(timer) => self.on_timer(timer, env),
            Event::Wake => self.on_wake(env),
            Event::Shutdown(reason) => self.die(reason, env),
        }
        if self.auth.snapshot().epoch != epoch {
            self.queries.hide_all();
            self.layers.clear();
            let failed = self.requests.change_person();
            self.settle_requests(failed);
        } else if !was_somebody && self.auth.is_somebody() {
            self.queries.hide_left_over();
        }
    }

    /// Returns the effects of all events so far, in order.
    pub(crate) fn take_effects(&mut self, env: Env) -> Vec<Effect> {
        self.keep_connected(env);
        self.flush();
        let auth = self.auth.snapshot();
        // The person has changed. Code that keeps something of the former person must know before results are hidden.
        if auth.epoch != self.told_auth.epoch {
            self.tell_auth(auth);
        }
        self.tell_server();
        let changes = self.queries.take_changes(&mut self.layers);
        if !changes.is_empty() {
            self.effects.push(Effect::Publish(changes));
        }
        self.effects.extend(
            self.answers
                .drain(..)
                .map(|(id, result)| Effect::Answer(id, result)),
        );
        if auth != self.told_auth {
            self.tell_auth(auth);
        }
        let mut connection = self.link.describe();
        self.requests.describe(&mut connection);
        if connection != self.told_connection {
            self.told_connection.clone_from(&connection);
            self.effects.push(Effect::Connection(connection));
        }
        std::mem::take(&mut self.effects)
    }

    /// Tells the page's server the newest moment before its data shows, so that no later page is older.
    fn tell_server(&mut self) {
        let moment = self.link.observed();
        if !self.settings.tells_server || moment == self.told_moment {
            return;
        }
        self.told_moment = moment;
        self.effects.extend(moment.map(Effect::Seen));
    }

    fn tell_auth(&mut self, auth: AuthSnapshot) {
        self.told_auth = auth;
        self.effects.push(Effect::Auth(auth));
    }

    fn subscribe(&mut self, key: QueryKey) {
        self.queries.subscribe(key);
        if self.link.is(Phase::Dead) {
            self.queries.close(&self.link.epitaph());
        }
    }

    fn unsubscribe(&mut self, key: &QueryKey, env: Env) {
        let armed = self.queries.keeps_unwanted();
        self.queries
            .unsubscribe(key, env.now + f64::from(self.settings.linger));
        if !armed {
            self.expire_queries(env);
        }
    }

    /// Drops queries that are due, and sets the timer for the next ones.
    fn expire_queries(&mut self, env: Env) {
        let gone = self.queries.expire(env.now);
        self.effects.extend(gone.into_iter().map(Effect::Forget));
        if let Some(next) = self.queries.next_expiry() {
            // A timer that fires early is set again.
            let delay = (next - env.now).ceil().min(LONGEST_DELAY);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at most 20 days"
            )]
            self.effects
                .push(Effect::SetTimer(Timer::Linger, delay as u32));
        }
    }

    fn request(&mut self, mut request: Request, env: Env) {
        if self.link.is(Phase::Dead) {
            self.answers.push((request.id, Err(self.link.epitaph())));
            return;
        }
        if let Some(update) = request.optimistic.take() {
            self.layers.push(request.id, update);
            self.queries.mark_dirty();
        }
        self.requests
            .add(request, env.now, self.auth.snapshot().epoch);
    }

    /// Ends requests: their optimistic updates are removed, and the answers follow the results then shown.
    fn settle_requests(&mut self, answers: Vec<Answer>) {
        for (id, _) in &answers {
            if self.layers.remove(*id) {
                self.queries.mark_dirty();
            }
        }
        self.answers.extend(answers);
    }

    fn keep_connected(&mut self, env: Env) {
        let wanted =
            !self.queries.is_empty() || !self.requests.is_empty() || self.auth.wants_connection();
        match self.link.phase {
            Phase::Idle if wanted => self.link.connect(env, &mut self.effects),
            Phase::Stopped if !self.auth.is_held() => self.link.connect(env, &mut self.effects),
            _ => {}
        }
    }

    fn on_open(&mut self, env: Env) {
        let greeting = self.link.open(env).encode();
        self.send(greeting);
        self.restart(env);
    }

    fn on_greeted(&mut self, greeting: Greeting, env: Env) {
        // The results of another person's token must not be shown, and this client must keep its own session.
        if self.link.can_adopt() && self.auth.token() == Some(&*greeting.token) {
            self.link.adopt(greeting, env);
            self.restart(env);
        } else {
            self.lose(Loss::Ours("UnusedGreeting"), env);
        }
    }

    /// Prepares queries, requests and token for a new connection.
    fn restart(&mut self, env: Env) {
        self.queries.restart();
        let failed = self.requests.restart(self.auth.snapshot().epoch);
        self.settle_requests(failed);
        self.auth.on_open(env, &mut self.effects);
    }

    /// Sends what has not been sent. Authentication always comes before the queries.
    fn flush(&mut self) {
        if !self.link.is(Phase::Open) || self.auth.is_held() {
            return;
        }
        if self.link.token.as_deref() != self.auth.token() {
            self.link.token = self.auth.token().map(str::to_owned);
            let base_version = self.link.next_identity();
            let token = self.auth.token();
            let text = ClientMessage::Authenticate {
                base_version,
                token,
            }
            .encode();
            self.send(text);
        }
        let modifications = self.queries.modifications();
        // The first message is sent even when it is empty: its answer makes finished mutations visible.
        if !modifications.is_empty() || !self.link.has_introduced_queries() {
            let (base_version, new_version) = self.link.next_query_set();
            let message = ClientMessage::ModifyQuerySet {
                base_version,
                new_version,
                modifications,
            };
            self.send(message.encode());
        }
        let (messages, failed) = self.requests.unsent();
        for message in messages {
            self.send(message);
        }
        self.settle_requests(failed);
    }

    fn send(&mut self, text: String) {
        self.effects.push(Effect::Send(text));
    }

    fn warn(&mut self, text: &str) {
        self.effects
            .push(Effect::Warn(["[Convex] ", text].concat()));
    }

    fn lose(&mut self, loss: Loss, env: Env) {
        if let Loss::Theirs { reason, .. } = &loss
            && !reason.is_empty()
        {
            let text = ["connection closed: ", reason].concat();
            self.warn(&text);
        }
        self.link.lose(loss, env, &mut self.effects);
        let failed = self.requests.disconnect();
        self.tell_of_writes(!failed.is_empty());
        self.settle_requests(failed);
    }

    /// Tells the page's server if actions have ended, or if the outcome of requests is unknown. They may have written
    /// something at an unknown moment.
    fn tell_of_writes(&mut self, have_ended: bool) {
        if have_ended && self.settings.tells_server {
            self.effects.push(Effect::Wrote);
        }
    }

    fn die(&mut self, fatal: Option<String>, env: Env) {
        self.link.kill(fatal, env, &mut self.effects);
        let error = self.link.epitaph();
        self.auth.clear_timers(&mut self.effects);
        self.tell_of_writes(self.requests.may_have_run());
        let failed = self.requests.close(&error);
        self.settle_requests(failed);
        self.queries.close(&error);
    }

    fn on_timer(&mut self, timer: Timer, env: Env) {
        match timer {
            Timer::Reconnect if self.link.is(Phase::Waiting) => {
                self.link.connect(env, &mut self.effects);
            }
            Timer::Inactivity if matches!(self.link.phase, Phase::Connecting | Phase::Open) => {
                if self.link.check_silence(env, &mut self.effects) {
                    self.lose(Loss::Ours("InactiveServer"), env);
                }
            }
            Timer::Reconnect | Timer::Inactivity => {}
            Timer::RefreshToken => self.auth.on_timer(env, &mut self.effects),
            Timer::Linger => self.expire_queries(env),
        }
    }

    fn on_wake(&mut self, env: Env) {
        self.auth.on_wake(env, &mut self.effects);
        if self.link.is(Phase::Waiting) {
            self.link.connect(env, &mut self.effects);
        } else if self.link.is_suspicious(env)
            && !self.auth.is_held()
            && self.link.has_introduced_queries()
        {
            // A message that changes nothing is still answered with a transition, if the server is still there.
            let (base_version, new_version) = self.link.next_query_set();
            let modifications = Vec::new();
            let probe = ClientMessage::ModifyQuerySet {
                base_version,
                new_version,
                modifications,
            };
            self.send(probe.encode());
            self.link.expect_answer(env, &mut self.effects);
        }
    }
}
