//! The result of a query, in the forms for both transports.

use std::sync::{Arc, OnceLock};

use serde_json::Value as Json;
use serde_json::value::{RawValue, to_raw_value};

use super::message::ModificationTail;
use crate::functions::{FunctionError, RequestId};

/// The result of a query, serialized once for all clients.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The value in Convex's JSON encoding, already serialized.
    pub(crate) result: Result<Box<RawValue>, AnswerError>,
    /// `console.*` lines.
    pub(crate) logs: Vec<String>,
    /// Passed when the query runs again, so that a page keeps its end.
    pub(crate) journal: Option<String>,
    /// This answer's part of a transition, made on demand.
    tail: OnceLock<ModificationTail>,
    /// The value in the form without `$` wrappers, made on demand.
    plain: OnceLock<Box<RawValue>>,
    /// The text that decides whether two answers are the same; it omits the request id of an error.
    sameness: String,
}

/// A failed call as clients see it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AnswerError {
    /// `[Request ID: …] Server Error\n` and the function's own message.
    pub(crate) message: String,
    /// The `data` of a `ConvexError`.
    pub(crate) data: Option<Json>,
}

impl From<FunctionError> for AnswerError {
    fn from(error: FunctionError) -> Self {
        let id = error.request.unwrap_or_else(RequestId::new);
        let end = if error.message.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        let message = format!("[Request ID: {id}] Server Error\n{}{end}", error.message);
        Self {
            message,
            data: error.data,
        }
    }
}

impl Answer {
    pub(super) fn new(
        result: Result<Json, FunctionError>,
        logs: Vec<String>,
        journal: Option<String>,
    ) -> Arc<Self> {
        let result = result.and_then(|value| {
            to_raw_value(&value).map_err(|error| FunctionError::new(error.to_string()))
        });
        let sameness = match &result {
            Ok(_) => String::new(),
            Err(error) => format!("{}\n{:?}", error.message, error.data),
        };
        Arc::new(Self {
            result: result.map_err(AnswerError::from),
            logs,
            journal,
            tail: OnceLock::new(),
            plain: OnceLock::new(),
            sameness,
        })
    }

    /// Returns this answer's part of a transition.
    pub(super) fn tail(&self) -> &ModificationTail {
        let make = || tail(&self.result, &self.logs, self.journal.as_deref());
        self.tail.get_or_init(make)
    }

    /// Returns the value in its plain form, which `make` creates the first time.
    pub(crate) fn plain(
        &self,
        value: &RawValue,
        make: impl FnOnce(&RawValue) -> Box<RawValue>,
    ) -> &RawValue {
        self.plain.get_or_init(|| make(value))
    }

    /// Returns about how many bytes the answer takes, with the forms that are made from it later.
    pub(super) fn weight(&self) -> usize {
        let result = match &self.result {
            Ok(value) => value.get().len(),
            Err(error) => error.message.len() + self.sameness.len(),
        };
        let logs: usize = self.logs.iter().map(String::len).sum();
        let journal = self.journal.as_ref().map_or(0, String::len);
        2 * (result + logs + journal)
    }

    /// Returns whether a client that has `other` needs no update to this one.
    pub(super) fn says_the_same_as(&self, other: &Self) -> bool {
        let same_result = match (&self.result, &other.result) {
            (Ok(mine), Ok(theirs)) => mine.get() == theirs.get(),
            (Err(_), Err(_)) => self.sameness == other.sameness,
            _ => false,
        };
        same_result && self.journal == other.journal
    }
}

fn tail(
    result: &Result<Box<RawValue>, AnswerError>,
    logs: &[String],
    journal: Option<&str>,
) -> ModificationTail {
    let logs = json(&logs);
    let journal = json(&journal);
    match result {
        Ok(value) => {
            let value = value.get();
            let tail = format!(r#","value":{value},"logLines":{logs},"journal":{journal}}}"#);
            ModificationTail {
                kind: "QueryUpdated",
                tail: tail.into(),
            }
        }
        Err(error) => {
            let message = json(&error.message);
            let data = error.data.as_ref();
            let data = data.map_or(String::new(), |data| {
                format!(r#","errorData":{}"#, json(data))
            });
            let tail = format!(
                r#","errorMessage":{message},"logLines":{logs},"journal":{journal}{data}}}"#
            );
            ModificationTail {
                kind: "QueryFailed",
                tail: tail.into(),
            }
        }
    }
}

/// Serializes a string, a list of strings or a JSON value, which never fails.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_id_alone_makes_no_difference() {
        let fail = |text: &str| Answer::new(Err(FunctionError::new(text)), vec![], None);
        let (one, two) = (fail("Uncaught Error: boom"), fail("Uncaught Error: boom"));
        assert_ne!(one.tail(), two.tail());
        assert!(one.says_the_same_as(&two));
        assert!(!one.says_the_same_as(&fail("Uncaught Error: bang")));
        assert!(!one.says_the_same_as(&Answer::new(Ok(Json::Null), vec![], None)));
    }

    #[test]
    fn a_long_error_weighs_as_much_as_a_long_value() {
        let long = "x".repeat(1 << 20);
        let value = Answer::new(Ok(long.clone().into()), vec![], None);
        let error = Answer::new(Err(FunctionError::new(long)), vec![], None);
        assert!(error.weight() >= value.weight());
    }

    #[test]
    fn an_error_is_worded_as_recorded() {
        let error = FunctionError {
            data: Some("no".into()),
            ..FunctionError::new("Uncaught ConvexError: no")
        };
        let answer = Answer::new(Err(error), vec![], None);
        let message = &answer.result.as_ref().unwrap_err().message;
        assert!(message.starts_with("[Request ID: "), "{message}");
        assert!(
            message.ends_with("] Server Error\nUncaught ConvexError: no\n"),
            "{message}"
        );
        assert!(
            answer
                .tail()
                .tail
                .ends_with(r#""journal":null,"errorData":"no"}"#)
        );
    }
}
