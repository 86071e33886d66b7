//! Document ids with a type for their table.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The id of a document in the table `Table`. Convex sees a plain string. In Rust it is a type of its own, so that an
/// id of one table is not mistaken for an id of another.
///
/// ```
/// use leptos_convex::Id;
/// enum Todos {}
/// let id: Id<Todos> = Id::new("jd7f0c4d4pnw3vh2s5gq0v1m9h6zk3a2");
/// assert_eq!(id.as_str().len(), 32);
/// ```
pub struct Id<Table> {
    id: String,
    table: PhantomData<fn() -> Table>,
}

impl<Table> Id<Table> {
    /// Wraps `id` as it came from Convex. Only Convex knows whether it names a document.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            table: PhantomData,
        }
    }

    /// Returns the same id as the id of another table. Use it for an id of one of several tables,
    /// `Id<(Users, Teams)>`, once other data tells which one it is.
    #[must_use]
    pub fn cast<Other>(self) -> Id<Other> {
        Id::new(self.id)
    }

    /// Returns the id as Convex writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.id
    }
}

impl<Table> Clone for Id<Table> {
    fn clone(&self) -> Self {
        Self::new(self.id.clone())
    }
}

impl<Table> fmt::Debug for Id<Table> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.id, f)
    }
}

impl<Table> fmt::Display for Id<Table> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.id)
    }
}

impl<Table> AsRef<str> for Id<Table> {
    fn as_ref(&self) -> &str {
        &self.id
    }
}

impl<Table> PartialEq for Id<Table> {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl<Table> Eq for Id<Table> {}

impl<Table> PartialOrd for Id<Table> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<Table> Ord for Id<Table> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id.cmp(&other.id)
    }
}

impl<Table> Hash for Id<Table> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl<Table> Serialize for Id<Table> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.id)
    }
}

impl<'de, Table> Deserialize<'de> for Id<Table> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}
