//! The destination of a client's messages for developers.

use std::{fmt, sync::Arc};

/// The severity of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogLevel {
    /// Output of a function, in debug builds.
    Log,
    /// The client continues. For example, a connection was closed, or a message was of an unknown kind.
    Warn,
    /// The failure of a function, in debug builds, or the reason why the client has stopped.
    Error,
}

/// A receiver of the client's messages in place of the browser's console; `logger` of npm `convex`. Give it to
/// [`ClientOptions::with_logger`](crate::ClientOptions::with_logger). The messages never contain a token or an
/// argument.
///
/// ```
/// use leptos_convex::{ClientOptions, Logger};
///
/// // Nothing, anywhere: `logger: false`.
/// let options = ClientOptions::default().with_logger(Logger::new(|_, _| {}));
/// ```
#[derive(Clone)]
pub struct Logger(Arc<Take>);

type Take = dyn Fn(LogLevel, &str) + Send + Sync;

impl Logger {
    /// Creates a logger that calls `take` with each message.
    #[must_use]
    pub fn new(take: impl Fn(LogLevel, &str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    pub(crate) fn tell(&self, level: LogLevel, text: &str) {
        (self.0)(level, text);
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Logger")
    }
}

/// A logger is equal to its clones.
impl PartialEq for Logger {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Logger {}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{ClientOptions, ConvexClient, lock::lock};

    #[test]
    fn a_logger_receives_the_messages_instead_of_the_console() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let take = {
            let told = Arc::clone(&told);
            move |level, text: &str| lock(&told).push((level, text.to_owned()))
        };
        let options = ClientOptions::default().with_logger(Logger::new(take));
        drop(ConvexClient::with_options("nonsense", options));
        let [(level, text)] = &lock(&told)[..] else {
            panic!("{told:?}");
        };
        assert_eq!(*level, LogLevel::Error);
        assert!(text.starts_with("[Convex] "), "{text}");
    }
}
