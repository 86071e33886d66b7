//! A random test of events in any order. At the end, everything is answered, nothing has run twice, and the page shows
//! the server's data. At no time does it show one person's data to another.

use std::collections::VecDeque;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{
    rig::{Rig, key, token},
    server::Server,
};
use crate::{
    call::CallError,
    sync::{Event, Greeting, InitialAuth, RequestKind, Timer, TokenOutcome},
};

#[derive(Clone, Debug)]
enum Step {
    /// The server reads a message from the client.
    Upstream,
    /// The client reads a message from the server.
    Downstream,
    Drop,
    /// Time passes until the next timer fires.
    Tick,
    Open,
    /// The socket opens, and the page's script has sent a greeting for this person.
    Greet(u8),
    Subscribe(u8),
    Unsubscribe(u8),
    Mutate,
    Act,
    SomebodyWrites,
    SignIn(u8),
    SignOut,
    RefreshAuth,
    Token(u8),
    Wake,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => Just(Step::Upstream),
        6 => Just(Step::Downstream),
        2 => Just(Step::Drop),
        3 => Just(Step::Tick),
        4 => Just(Step::Open),
        2 => (0..2_u8).prop_map(Step::Greet),
        3 => (0..2_u8).prop_map(Step::Subscribe),
        1 => (0..2_u8).prop_map(Step::Unsubscribe),
        3 => Just(Step::Mutate),
        1 => Just(Step::Act),
        1 => Just(Step::SomebodyWrites),
        1 => (0..2_u8).prop_map(Step::SignIn),
        1 => Just(Step::SignOut),
        1 => Just(Step::RefreshAuth),
        3 => (0..4_u8).prop_map(Step::Token),
        1 => Just(Step::Wake),
    ];
    prop::collection::vec(step, 0..120)
}

struct World {
    rig: Rig,
    server: Server,
    upstream: VecDeque<Json>,
    downstream: VecDeque<Json>,
    open: bool,
    mutations: u32,
    requests: usize,
    subscribed: [u32; 2],
    /// The person for whom the fetcher returns tokens.
    person: Option<u8>,
}

const PATHS: [&str; 2] = ["count:mine", "count:also"];

fn name(person: u8) -> String {
    token(&format!("person{person}"), 1_000, 900)
}

impl World {
    fn new() -> Self {
        Self {
            rig: Rig::new(),
            server: Server::default(),
            upstream: VecDeque::new(),
            downstream: VecDeque::new(),
            open: false,
            mutations: 0,
            requests: 0,
            subscribed: [0; 2],
            person: None,
        }
    }

    fn collect(&mut self) {
        self.upstream.extend(self.rig.sent.drain(..));
        if self.rig.socket.is_none() {
            self.hang_up();
        }
        self.check();
    }

    fn hang_up(&mut self) {
        self.open = false;
        self.upstream.clear();
        self.downstream.clear();
        self.server.disconnect();
    }

    /// Checks that the shown results belong to the current person or to everybody.
    fn check(&self) {
        let speaks_for = self.rig.core.auth.token().unwrap_or("").to_owned();
        for path in PATHS {
            if let Some(Json::Array(shown)) = self.rig.shows(path) {
                let whose = shown[0].as_str().expect("a person");
                assert!(
                    whose.is_empty() || whose == speaks_for,
                    "{whose}'s data is shown to {speaks_for}"
                );
            }
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Upstream if self.open => {
                if let Some(message) = self.upstream.pop_front() {
                    self.downstream.extend(self.server.read(&message));
                }
            }
            Step::Downstream if self.open => {
                if let Some(message) = self.downstream.pop_front() {
                    self.rig.receive(&message);
                }
            }
            Step::Drop if self.rig.socket.is_some() => {
                self.hang_up();
                self.rig.drop_connection();
            }
            Step::Open if self.rig.socket.is_some() && !self.open => {
                self.open = true;
                self.rig.open();
            }
            Step::Greet(person) if self.rig.socket.is_some() && !self.open => {
                self.open = true;
                self.greet(*person);
            }
            Step::Tick => self.tick(),
            Step::Subscribe(query) => {
                self.subscribed[usize::from(*query)] += 1;
                self.rig.subscribe(&[PATHS[usize::from(*query)]]);
            }
            Step::Unsubscribe(query) if self.subscribed[usize::from(*query)] > 0 => {
                self.subscribed[usize::from(*query)] -= 1;
                self.rig
                    .handle(Event::Unsubscribe(key(PATHS[usize::from(*query)])));
            }
            Step::Mutate => {
                self.mutations += 1;
                self.requests += 1;
                self.rig.request(RequestKind::Mutation, "count:add", None);
            }
            Step::Act => {
                self.requests += 1;
                self.rig.request(RequestKind::Action, "count:act", None);
            }
            Step::SomebodyWrites => {
                let answers = self.server.bump("");
                self.downstream.extend(answers);
            }
            Step::SignIn(person) => {
                self.person = Some(*person);
                self.rig
                    .handle(Event::SetAuth(InitialAuth::Token(name(*person))));
            }
            Step::SignOut => {
                self.person = None;
                self.rig.handle(Event::ClearAuth);
            }
            Step::RefreshAuth => self.rig.handle(Event::RefreshAuth),
            Step::Token(0) if self.rig.fetch.is_some() => self.rig.token(TokenOutcome::Unknown),
            Step::Token(_) if self.rig.fetch.is_some() => self.answer_fetch(),
            Step::Wake => self.rig.handle(Event::Wake),
            _ => {}
        }
        self.collect();
    }

    fn greet(&mut self, person: u8) {
        let token = name(person);
        let said = [
            json!({ "type": "Connect" }),
            json!({ "type": "Authenticate", "baseVersion": 0, "value": token }),
        ];
        for message in said {
            self.downstream.extend(self.server.read(&message));
        }
        let socket = self.rig.socket.expect("a socket is opening");
        let session = uuid::Uuid::max().to_string();
        let greeting = Greeting { session, token };
        self.rig.handle(Event::Greeted { socket, greeting });
    }

    fn answer_fetch(&mut self) {
        let outcome = self.person.map_or(TokenOutcome::NoSession, |person| {
            TokenOutcome::Token(name(person))
        });
        self.rig.token(outcome);
    }

    fn tick(&mut self) {
        let timers = [
            Timer::Reconnect,
            Timer::Inactivity,
            Timer::RefreshToken,
            Timer::Linger,
        ];
        let next = timers
            .into_iter()
            .filter_map(|timer| Some((timer, self.rig.delay(timer)?)))
            .min_by(|(_, a), (_, b)| a.total_cmp(b));
        if let Some((timer, _)) = next {
            self.rig.fire(timer);
        }
    }

    /// Runs without failures until every message has arrived.
    fn calm_down(&mut self) {
        for _ in 0..400 {
            if self.rig.fetch.is_some() {
                self.answer_fetch();
            }
            if self.rig.delay(Timer::Reconnect).is_some() {
                self.rig.fire(Timer::Reconnect);
            }
            self.collect();
            for step in [Step::Open, Step::Upstream, Step::Downstream] {
                self.step(&step);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_interleaving_ends_well(steps in steps()) {
        let mut world = World::new();
        for step in &steps {
            world.step(step);
        }
        world.calm_down();

        let World { rig, server, requests, mutations, subscribed, .. } = &world;
        prop_assert_eq!(rig.answers.len(), *requests, "everything is answered");
        let gave_up = rig.answers.values().filter(|answer| **answer == Err(CallError::UserChanged)).count();
        prop_assert!(server.mutations_run() + gave_up >= *mutations as usize, "no mutation is lost");
        prop_assert!(server.mutations_run() <= *mutations as usize);
        let person = rig.core.auth.token().unwrap_or("");
        for (path, subscribers) in PATHS.iter().zip(subscribed) {
            if *subscribers > 0 {
                prop_assert_eq!(rig.shows(path), Some(json!([person, server.count(person)])));
            }
        }
        prop_assert!(!rig.connection.has_inflight_requests());
    }
}
