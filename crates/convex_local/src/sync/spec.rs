//! The specification of a call: a function, its arguments and the caller.

use std::sync::Arc;

use convex_sync_types::UdfPath;
use sha2::{Digest as _, Sha256};

use super::arguments::{Arguments, length};
use super::entry::Asker;
use crate::auth::Identity;
use crate::functions::{Caller, FunctionCall, Origin};
use crate::store::ComponentPath;
use crate::system_functions;
use crate::who::Who;

/// A query to run: everything its result may depend on, except the data.
#[derive(Debug, Clone)]
pub(crate) struct CallSpec {
    call: Arc<CallKey>,
    args: Arguments,
    journal: Option<Arc<str>>,
    caller: Caller,
    identity: Option<Arc<Identity>>,
    /// Distinguishes identities: all claims, because a function may read any.
    fingerprint: Option<Arc<str>>,
    /// Where the call comes from, which a query cannot see.
    origin: Arc<Origin>,
}

/// The key of a call, without the caller.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct CallKey {
    path: String,
    /// The arguments or their checksum, see [`key_of`].
    args: String,
    /// The same of the journal, which the client sends.
    journal: Option<String>,
    internal: bool,
    /// The component of the function, or of the tables that a system query reads.
    component: ComponentPath,
}

/// The key of a kept result.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) call: Arc<CallKey>,
    pub(super) asker: Asker,
}

/// The most bytes of the path of a function. Paths are kept longer than calls, too, and a path is that of a file.
const LONGEST_PATH: usize = 1 << 10;

/// Parses the path of a function.
///
/// # Errors
/// When it is not valid or too long.
pub(crate) fn parse_path(path: &str) -> Result<UdfPath, String> {
    if path.len() > LONGEST_PATH {
        let length = path.len();
        return Err(format!(
            "The path of a function is too long ({length} > maximum {LONGEST_PATH})"
        ));
    }
    path.parse::<UdfPath>().map_err(|error| error.to_string())
}

/// Returns the key of arguments. Long ones are replaced by a checksum, because keys are kept longer than calls.
fn key_of(text: &str) -> String {
    const LONG: usize = 1 << 10;
    if text.len() <= LONG {
        return text.to_owned();
    }
    let digest = Sha256::digest(text);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl CallKey {
    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

impl CallSpec {
    /// Creates a call of a public function without an identity.
    pub(crate) fn new(path: String, args: Arguments, journal: Option<String>) -> Self {
        let call = CallKey {
            path,
            args: key_of(args.as_str()),
            journal: journal.as_deref().map(key_of),
            internal: false,
            component: ComponentPath::root(),
        };
        Self {
            call: Arc::new(call),
            args,
            journal: journal.map(Into::into),
            caller: Caller::Public,
            identity: None,
            fingerprint: None,
            origin: Arc::default(),
        }
    }

    /// Returns the same call by `who`.
    pub(crate) fn asked_by(&self, who: &Who) -> Self {
        let internal = who.caller.reaches_internal();
        let call = match self.call.internal == internal {
            true => self.call.clone(),
            false => Arc::new(CallKey {
                internal,
                ..(*self.call).clone()
            }),
        };
        Self {
            call,
            args: self.args.clone(),
            journal: self.journal.clone(),
            caller: who.caller,
            identity: who.identity.clone(),
            fingerprint: who.fingerprint.clone(),
            origin: who.origin.clone(),
        }
    }

    /// Returns the same call for another component.
    pub(crate) fn about(&self, component: &str) -> Self {
        let call = CallKey {
            component: ComponentPath::new(component),
            ..(*self.call).clone()
        };
        Self {
            call: Arc::new(call),
            ..self.clone()
        }
    }

    /// Returns whether the backend itself answers it.
    pub(crate) fn is_system(&self) -> bool {
        system_functions::is_system(&self.call.path)
    }

    /// Returns whether the caller has neither an identity nor the admin key.
    pub(super) fn is_anonymous(&self) -> bool {
        self.identity.is_none() && !self.caller.reaches_internal()
    }

    /// Returns the same query with the journal of an earlier run.
    pub(crate) fn with_journal(&self, journal: Option<String>) -> Self {
        let call = CallKey {
            journal: journal.as_deref().map(key_of),
            ..(*self.call).clone()
        };
        Self {
            call: Arc::new(call),
            journal: journal.map(Into::into),
            ..self.clone()
        }
    }

    pub(crate) fn path(&self) -> &str {
        &self.call.path
    }

    /// Returns how long the arguments are, see [`length`].
    pub(super) fn length(&self) -> usize {
        length(self.args.as_str())
    }

    /// Returns the call for the functions.
    pub(crate) fn to_call(&self) -> FunctionCall {
        FunctionCall {
            path: self.call.path.clone(),
            component: self.call.component.clone(),
            args: self.args.read(),
            identity: self.identity.as_deref().cloned(),
            caller: self.caller,
            journal: self.journal.as_deref().map(str::to_owned),
            origin: self.origin.clone(),
        }
    }

    pub(super) fn call_key(&self) -> &Arc<CallKey> {
        &self.call
    }

    /// Returns the key of a result, depending on whether the function reads the identity.
    pub(super) fn key(&self, uses_identity: bool) -> Key {
        let asker = match uses_identity {
            true => Asker::Exactly(self.fingerprint.clone()),
            false => Asker::Anybody,
        };
        Key {
            call: self.call.clone(),
            asker,
        }
    }

    /// Returns whether a result for `asker` is valid for this call.
    pub(super) fn may_use(&self, asker: &Asker) -> bool {
        match asker {
            Asker::Anybody => true,
            Asker::Exactly(fingerprint) => *fingerprint == self.fingerprint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_does_not_keep_a_long_journal_and_the_call_gets_all_of_it() {
        let long = |end: &str| Some(format!("{}{end}", "x".repeat(1 << 20)));
        let spec = |journal| CallSpec::new("notes:page".into(), Arguments::default(), journal);
        let (one, other) = (spec(long("1")), spec(None).with_journal(long("2")));
        for (spec, journal) in [(&one, long("1")), (&other, long("2"))] {
            assert!(format!("{:?}", spec.key(true)).len() < 1_000);
            assert_eq!(spec.asked_by(&Who::nobody()).to_call().journal, journal);
        }
        assert_ne!(one.key(true), other.key(true));
    }

    #[test]
    fn a_path_that_is_too_long_is_refused() {
        assert!(parse_path("notes:list").is_ok());
        let long = format!("{}notes:list", "a/".repeat(LONGEST_PATH));
        let refused = parse_path(&long).expect_err("too long");
        assert!(
            refused.contains("too long") && refused.len() < 100,
            "{refused}"
        );
    }
}
