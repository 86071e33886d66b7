//! A small backend that checks that the client follows the protocol's rules.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};

use super::rig::ts;

/// The backend. It has a counter per person: queries read it, mutations add one, and actions change nothing.
#[derive(Default)]
pub(super) struct Server {
    time: u64,
    counts: BTreeMap<String, u64>,
    /// The times of the mutations that have run, by number. Each runs once.
    ran: BTreeMap<u64, u64>,
    acted: BTreeSet<u64>,
    session: Option<Session>,
}

#[derive(Default)]
struct Session {
    query_set: u64,
    identity: u64,
    person: String,
    queries: BTreeMap<u64, Option<Json>>,
    /// The version after the last transition.
    told: (u64, u64, u64),
}

impl Server {
    pub(super) fn disconnect(&mut self) {
        self.session = None;
    }

    pub(super) fn count(&self, person: &str) -> u64 {
        self.counts.get(person).copied().unwrap_or(0)
    }

    pub(super) fn mutations_run(&self) -> usize {
        self.ran.len()
    }

    /// Handles a message, and returns the answers.
    pub(super) fn read(&mut self, message: &Json) -> Vec<Json> {
        let name = message["type"].as_str().expect("has a type");
        if name == "Connect" {
            self.session = Some(Session::default());
            return Vec::new();
        }
        let session = self.session.as_mut().expect("Connect comes first");
        match name {
            "Authenticate" => {
                assert_eq!(
                    message["baseVersion"], session.identity,
                    "identity versions are consecutive"
                );
                session.identity += 1;
                session.person = message["value"].as_str().unwrap_or("").to_owned();
                vec![self.transition()]
            }
            "ModifyQuerySet" => {
                assert_eq!(
                    message["baseVersion"], session.query_set,
                    "query set versions are consecutive"
                );
                session.query_set += 1;
                for change in message["modifications"].as_array().expect("is a list") {
                    let id = change["queryId"].as_u64().expect("is a number");
                    let known = if change["type"] == "Add" {
                        session.queries.insert(id, None).is_some()
                    } else {
                        session.queries.remove(&id).is_none()
                    };
                    assert!(!known, "{change} makes no sense");
                }
                vec![self.transition()]
            }
            "Mutation" => self.mutation(message["requestId"].as_u64().expect("is a number")),
            "Action" => {
                let id = message["requestId"].as_u64().expect("is a number");
                assert!(self.acted.insert(id), "action {id} was sent twice");
                vec![
                    json!({"type": "ActionResponse", "requestId": id, "success": true, "result": id, "logLines": []}),
                ]
            }
            _ => panic!("unknown message {name}"),
        }
    }

    fn mutation(&mut self, id: u64) -> Vec<Json> {
        let person = self
            .session
            .as_ref()
            .map(|session| session.person.clone())
            .unwrap_or_default();
        let time = *self.ran.entry(id).or_insert_with(|| {
            self.time += 1;
            *self.counts.entry(person).or_default() += 1;
            self.time
        });
        let done = json!({
            "type": "MutationResponse", "requestId": id, "success": true, "result": id, "ts": ts(time), "logLines": [],
        });
        vec![done, self.transition()]
    }

    /// Simulates a write by another client.
    pub(super) fn bump(&mut self, person: &str) -> Vec<Json> {
        self.time += 1;
        *self.counts.entry(person.to_owned()).or_default() += 1;
        if self.session.is_some() {
            vec![self.transition()]
        } else {
            Vec::new()
        }
    }

    fn transition(&mut self) -> Json {
        let session = self.session.as_mut().expect("connected");
        let value = json!([
            session.person,
            self.counts.get(&session.person).copied().unwrap_or(0)
        ]);
        let mut modifications = Vec::new();
        for (id, told) in &mut session.queries {
            if told.as_ref() != Some(&value) {
                *told = Some(value.clone());
                modifications.push(json!({
                    "type": "QueryUpdated", "queryId": id, "value": value, "logLines": [], "journal": null,
                }));
            }
        }
        let version = |(query_set, identity, time): (u64, u64, u64)| json!({"querySet": query_set, "identity": identity, "ts": ts(time)});
        let start = session.told;
        session.told = (session.query_set, session.identity, self.time);
        json!({
            "type": "Transition", "startVersion": version(start), "endVersion": version(session.told),
            "modifications": modifications, "clientClockSkew": 0,
        })
    }
}
