//! The writer of messages.

use super::{ClientMessage, Modification, RequestKind};
use crate::value::{Value, write_text};

impl ClientMessage<'_> {
    pub(in crate::sync) fn encode(self) -> String {
        match self {
            Self::Connect {
                session,
                connection_count,
                last_close_reason,
                max_observed,
                client_ts,
            } => {
                let mut message = Message::new("Connect")
                    .text("sessionId", session)
                    .number("connectionCount", connection_count.into())
                    .text("lastCloseReason", last_close_reason)
                    .number("clientTs", client_ts);
                if let Some(ts) = max_observed {
                    message = message.text("maxObservedTimestamp", &ts.encode());
                }
                message.end()
            }
            Self::Authenticate {
                base_version,
                token,
            } => {
                let message =
                    Message::new("Authenticate").number("baseVersion", base_version.into());
                match token {
                    Some(token) => message.text("tokenType", "User").text("value", token),
                    None => message.text("tokenType", "None"),
                }
                .end()
            }
            Self::ModifyQuerySet {
                base_version,
                new_version,
                modifications,
            } => Message::new("ModifyQuerySet")
                .number("baseVersion", base_version.into())
                .number("newVersion", new_version.into())
                .list(
                    "modifications",
                    modifications.into_iter().map(Modification::encode),
                )
                .end(),
            Self::Request {
                kind,
                id,
                path,
                args,
            } => Message::new(match kind {
                RequestKind::Mutation => "Mutation",
                RequestKind::Action => "Action",
            })
            .number("requestId", id.into())
            .text("udfPath", path)
            .list("args", std::iter::once(Value::to_json_string(args)))
            .end(),
        }
    }
}

impl Modification {
    fn encode(self) -> String {
        match self {
            Self::Add {
                id,
                path,
                args,
                journal,
            } => {
                let message = Message::new("Add")
                    .number("queryId", id.into())
                    .text("udfPath", &path)
                    .list("args", std::iter::once(args));
                match journal {
                    Some(Some(journal)) => message.text("journal", &journal),
                    Some(None) => message.raw("journal", "null"),
                    None => message,
                }
                .end()
            }
            Self::Remove { id } => Message::new("Remove").number("queryId", id.into()).end(),
        }
    }
}

/// A message being written.
struct Message(String);

impl Message {
    fn new(name: &str) -> Self {
        Self("{\"type\":".to_owned()).write(name)
    }

    fn end(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn write(mut self, text: &str) -> Self {
        write_text(text, &mut self.0);
        self
    }

    fn name(mut self, name: &str) -> Self {
        self.0.push(',');
        self = self.write(name);
        self.0.push(':');
        self
    }

    fn text(self, name: &str, text: &str) -> Self {
        self.name(name).write(text)
    }

    fn raw(mut self, name: &str, json: &str) -> Self {
        self = self.name(name);
        self.0.push_str(json);
        self
    }

    fn number(self, name: &str, number: u64) -> Self {
        self.raw(name, &number.to_string())
    }

    fn list(self, name: &str, items: impl Iterator<Item = String>) -> Self {
        let items: Vec<_> = items.collect();
        self.raw(name, &["[", &items.join(","), "]"].concat())
    }
}
