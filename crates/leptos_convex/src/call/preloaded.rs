//! A query's result on its way from the server to the browser.

use std::{fmt, marker::PhantomData};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};

use super::{CallError, Query};
use crate::value::{Encoded, MalformedValue, Value};

/// A query together with the result it had on the server.
///
/// Serialised into the page, it lets the first paint show the result.
/// [`use_preloaded_query`](crate::use_preloaded_query) keeps the result live from there on. Arguments and result are
/// the text that Convex writes, like `_argsJSON` and `_valueJSON` of npm `convex`. All of it is one string, so that
/// the browser needs no decoder of structs for it.
///
/// A result is either the same for everybody ([`Preloaded::new`]) or belongs to a person ([`Preloaded::for_person`]).
/// A person's result is never shown to anybody else. It is absent when nobody was signed in or when the person was
/// not known.
pub struct Preloaded<T> {
    parts: Parts,
    result: PhantomData<fn() -> T>,
}

/// The part that does not depend on the result's type, and so is compiled once.
#[derive(Clone, PartialEq)]
struct Parts {
    path: String,
    args: Encoded,
    value: Option<Encoded>,
    /// Whether the result belongs to a person.
    personal: bool,
    /// The moment at which the result was read, as Convex writes it.
    ts: Option<String>,
}

/// Marks a person's result.
const PERSONAL: &str = "personal";

impl Parts {
    /// Writes one line each for the path, the arguments, the owner and the time. The rest is the value; it is empty
    /// when there is none.
    fn to_text(&self) -> String {
        let personal = if self.personal { PERSONAL } else { "" };
        let ts = self.ts.as_deref().unwrap_or_default();
        let value = self.value.as_ref().map_or("", Encoded::text);
        let (path, args) = (&self.path, self.args.text());
        format!("{path}\n{args}\n{personal}\n{ts}\n{value}")
    }

    fn from_text(text: &str) -> Result<Self, MalformedValue> {
        let mut lines = text.splitn(5, '\n');
        let mut line = || lines.next().ok_or(MalformedValue("a line is missing"));
        let path = line()?.to_owned();
        let args = Encoded::parse(line()?)?;
        let personal = line()? == PERSONAL;
        let ts = Some(line()?).filter(|ts| !ts.is_empty());
        let value = Some(line()?).filter(|value| !value.is_empty());
        Ok(Self {
            path,
            args,
            value: value.map(Encoded::parse).transpose()?,
            personal,
            ts: ts.map(str::to_owned),
        })
    }
}

impl<T> Serialize for Preloaded<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.parts.to_text())
    }
}

impl<'de, T> Deserialize<'de> for Preloaded<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self {
            parts: Parts::from_text(&text).map_err(serde::de::Error::custom)?,
            result: PhantomData,
        })
    }
}

impl<T> Preloaded<T> {
    /// Returns `query` with the `value` it has for everybody.
    ///
    /// # Errors
    /// [`CallError::Encode`] when the query's arguments are not Convex values.
    pub fn new(query: &Query<T>, value: &Value) -> Result<Self, CallError> {
        Self::of(query, Some(Encoded::of(value)), false)
    }

    /// Returns `query` with the `value` it has for the signed-in person. Pass `None` when nobody is signed in or the
    /// person is not known.
    ///
    /// # Errors
    /// As [`Preloaded::new`].
    pub fn for_person(query: &Query<T>, value: Option<&Value>) -> Result<Self, CallError> {
        Self::of(query, value.map(Encoded::of), true)
    }

    pub(crate) fn of(
        query: &Query<T>,
        value: Option<Encoded>,
        personal: bool,
    ) -> Result<Self, CallError> {
        let parts = Parts {
            path: query.path().to_owned(),
            args: Encoded::of(query.args()?),
            value,
            personal,
            ts: None,
        };
        Ok(Self {
            parts,
            result: PhantomData,
        })
    }

    /// Returns the same preloaded query, marked as read at the moment `ts` of `server::Snapshot::ts`. The browser's
    /// live client then shows nothing older.
    #[must_use]
    pub fn read_at(mut self, ts: &str) -> Self {
        self.parts.ts = Some(ts.to_owned());
        self
    }

    pub(crate) fn ts(&self) -> Option<&str> {
        self.parts.ts.as_deref()
    }

    /// Returns the query, to run or to subscribe to.
    #[must_use]
    pub fn query(&self) -> Query<T> {
        Query::new(
            self.parts.path.clone(),
            self.parts.args.value().unwrap_or_default(),
        )
    }

    /// Returns whether the result belongs to a person.
    #[must_use]
    pub const fn is_personal(&self) -> bool {
        self.parts.personal
    }

    /// Returns whether there is a result.
    #[must_use]
    pub const fn has_value(&self) -> bool {
        self.parts.value.is_some()
    }

    /// Returns the result as it came from Convex, if there is one.
    ///
    /// # Errors
    /// [`CallError::Decode`] when the text is not a Convex value.
    pub fn raw(&self) -> Result<Option<Value>, CallError> {
        let value = self.parts.value.as_ref().map(Encoded::value).transpose();
        value.map_err(|error| self.query().malformed(error))
    }

    /// Returns the result as a `T`, if there is one (`preloadedQueryResult` of `convex/nextjs`).
    ///
    /// # Errors
    /// [`CallError::Decode`] when the result is not a `T`.
    pub fn value(&self) -> Result<Option<T>, CallError>
    where
        T: DeserializeOwned,
    {
        let value = self.parts.value.as_ref();
        value.map(|value| self.query().read(value)).transpose()
    }

    pub(crate) const fn encoded(&self) -> Option<&Encoded> {
        self.parts.value.as_ref()
    }
}

impl<T> Query<T> {
    fn malformed(&self, error: MalformedValue) -> CallError {
        self.mismatch(serde::de::Error::custom(error))
    }
}

impl<T> Clone for Preloaded<T> {
    fn clone(&self) -> Self {
        Self {
            parts: self.parts.clone(),
            result: PhantomData,
        }
    }
}

impl<T> fmt::Debug for Preloaded<T> {
    /// Leaves out arguments and result, which may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preloaded")
            .field("path", &self.parts.path)
            .finish_non_exhaustive()
    }
}

impl<T> PartialEq for Preloaded<T> {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_their_way_into_the_page() {
        let query = Query::<Value>::new("a:b", std::collections::BTreeMap::from([("n", 7_i64)]));
        for value in [
            Value::Int64(i64::MIN),
            Value::Float64(0.1 + 0.2),
            Value::Float64(-0.0),
            Value::Float64(f64::NAN),
            Value::Bytes(vec![0, 255]),
            Value::from("\"</script>\u{2028}"),
        ] {
            let preloaded = Preloaded::new(&query, &value).expect("encodes");
            let text = serde_json::to_string(&preloaded).expect("serialises");
            let back: Preloaded<Value> = serde_json::from_str(&text).expect("reads");
            assert_eq!(back.value(), Ok(Some(value)));
            assert_eq!(back.query(), query);
            assert!(!back.is_personal());
        }
    }

    #[test]
    fn an_incomplete_text_is_refused() {
        let read = |text: &str| {
            serde_json::from_value::<Preloaded<Value>>(serde_json::Value::from(text)).map(drop)
        };
        assert!(read("a:b\n{}\n\n\n[1,\n2]").is_ok());
        for text in [
            "a:b\n{}\n\n\n{\"$integer\":",
            "a:b\n\n\n\n1",
            "a:b\n{}\n\n",
            "",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
