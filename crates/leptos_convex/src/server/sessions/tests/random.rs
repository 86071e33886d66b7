//! A random test of two hundred visitors who act in any order. Every answer is checked.

use std::time::Duration;

use super::{
    LiveSessionOptions, LiveVisitor,
    fake::{Deployment, Mood, ts},
    mine, query, sessions, visitor,
};
use crate::{call::Mutation, server::LiveWrite};

const VISITORS: u32 = 200;
const PATHS: [&str; 3] = ["a:mine", "a:list", "a:count"];

/// A small, repeatable random number generator. A visitor's number is the seed of their actions.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

/// The counts of a visitor's steps.
#[derive(Default)]
struct Counted {
    /// Pages that were answered from memory.
    hits: usize,
    /// Mutations whose success the visitor has learned of.
    writes: usize,
}

/// A browser, and what it has seen.
struct Browser {
    number: u32,
    /// A number that grows with each sign-in and renewal.
    turn: u32,
    token: String,
    /// The newest timestamp seen. No later page may be older.
    seen: u64,
    /// The timestamp of the last write through the server, which the browser does not know.
    wrote: u64,
}

impl Browser {
    /// Signs in as another person. Several browsers may have the same person.
    fn sign_in(&mut self) {
        self.turn += 1;
        self.token = format!("person{}#{}", (self.number + self.turn) % 50, self.turn);
    }

    fn ends_in(&self) -> Duration {
        Duration::from_secs(600 + u64::from(self.turn))
    }

    fn person(&self) -> &str {
        self.token.split('#').next().unwrap_or_default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_sees_another_s_data_or_an_older_page() {
    everybody_does_anything(120).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn nobody_sees_another_s_data_or_an_older_page_for_minutes() {
    everybody_does_anything(10_000).await;
}

async fn everybody_does_anything(steps: u32) {
    let deployment = Deployment::start().await;
    deployment.lags(3);
    // There are fewer places than visitors, so that sessions make room for others.
    let options = LiveSessionOptions::default()
        .with_max_sessions(150)
        .with_max_bytes(200_000);
    let live = sessions(&deployment, options);
    let visitors: Vec<_> = (0..VISITORS)
        .map(|number| tokio::spawn(visit(number, steps, live.clone(), deployment.clone())))
        .collect();
    let storm = tokio::spawn(storms(deployment.clone()));
    let (mut hits, mut writes) = (0, 0);
    for visitor in visitors {
        let counted = visitor.await.expect("every answer is right");
        hits += counted.hits;
        writes += counted.writes;
    }
    storm.abort();
    assert!(hits > 50, "only {hits} answers came from memory");
    // Each mutation runs once, however often it was sent. A caller may have stopped waiting for one that has run.
    let (sent, ran) = deployment.writes();
    assert!(
        writes > 20 && ran >= writes && ran as u64 <= live.counts().writes,
        "{sent} {ran} {writes}"
    );
    assert!(live.counts().sessions <= 150);
    assert!(live.counts().bytes <= 200_000);
}

/// Makes the deployment drop all sockets every two seconds.
async fn storms(deployment: Deployment) {
    loop {
        tokio::time::sleep(Duration::from_secs(2)).await;
        deployment.is(Mood::Closes);
        tokio::time::sleep(Duration::from_millis(5)).await;
        deployment.is(Mood::Fine);
    }
}

async fn visit(
    number: u32,
    steps: u32,
    live: super::LiveSessions,
    deployment: Deployment,
) -> Counted {
    let mut dice = Dice(u64::from(number) + 1);
    let key = number.to_le_bytes();
    let mut browser = Browser {
        number,
        turn: 0,
        token: String::new(),
        seen: 0,
        wrote: 0,
    };
    browser.sign_in();
    let mut counted = Counted::default();
    for _ in 0..steps {
        tokio::time::sleep(Duration::from_millis(dice.roll(30))).await;
        match dice.roll(20) {
            // A form without WebAssembly: the server writes, and tells the session.
            0 => {
                browser.wrote = deployment.write(browser.person());
                live.wrote(&key);
            }
            // The same, over the live session.
            1 => {
                let visitor = LiveVisitor {
                    ends_in: browser.ends_in(),
                    ..visitor(&key, &browser.token)
                };
                let mutation = Mutation::<String>::new("a:write", ());
                let write = live.mutation(visitor, &mutation);
                if let Some(LiveWrite {
                    result: Ok(moment), ..
                }) = write.await
                {
                    browser.wrote = moment.parse().expect("a moment");
                    counted.writes += 1;
                }
            }
            // The browser's own socket writes, or receives a push.
            2 | 3 => browser.seen = deployment.write(browser.person()),
            4 => browser.seen = deployment.read(browser.person()).0,
            // The visitor signs out, perhaps at another server, and another person signs in.
            5 => {
                if dice.roll(2) == 0 {
                    live.end(&key);
                }
                browser.sign_in();
            }
            // The token is renewed.
            6 => {
                browser.turn += 50;
                browser.token = format!("{}#{}", browser.person(), browser.turn);
            }
            _ => counted.hits += usize::from(load(&mut browser, &key, &live, &deployment)),
        }
    }
    counted
}

/// Loads a page. Returns whether it was answered from memory.
fn load(
    browser: &mut Browser,
    key: &[u8],
    live: &super::LiveSessions,
    deployment: &Deployment,
) -> bool {
    let seen = [ts(browser.seen)];
    let visitor = LiveVisitor {
        seen: &seen,
        ends_in: browser.ends_in(),
        ..visitor(key, &browser.token)
    };
    let moment = live.moment(visitor);
    let mut is_hit = moment.is_some();
    let mut written = Vec::new();
    for path in PATHS {
        live.follow(visitor, &query(path));
        match moment.as_ref().and_then(|moment| mine(moment, path)) {
            Some(mine) => {
                assert_eq!(mine.who, browser.person(), "shows another person's data");
                written.push(mine.written.parse::<u64>().expect("a number"));
            }
            None => is_hit = false,
        }
    }
    let Some(moment) = moment else {
        // The page is answered over HTTP.
        browser.seen = deployment.read(browser.person()).0;
        return false;
    };
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, moment.ts());
    let at = u64::from_le_bytes(bytes.expect("base64").try_into().expect("8 bytes"));
    assert!(at >= browser.seen, "older than what the browser has seen");
    assert!(at >= browser.wrote, "older than the visitor's write");
    for one in &written {
        assert_eq!(
            Some(one),
            written.first(),
            "two results of different timestamps"
        );
        assert!(*one <= at, "newer than its snapshot");
    }
    browser.seen = at;
    is_hit
}
