//! The user and the session in Better Auth's answers.
//!
//! Field names are Better Auth's (camelCase in JSON). Times are milliseconds since 1970, because the Convex component
//! makes Better Auth use numbers in place of ISO dates.

mod fields;

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use fields::{Fields, Unfit};

/// A signed-in person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Fields")]
pub struct User {
    /// Id in Better Auth's `user` table; the `sub` claim of the Convex token.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Email address, in lower case.
    pub email: String,
    /// Whether the address has been confirmed.
    pub email_verified: bool,
    /// Picture address. Not part of the token, so `None` until the session has been fetched once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// When the account was created, ms since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<f64>,
    /// When the account last changed, ms since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<f64>,
    /// All fields of plugins, and additional fields.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl User {
    /// Returns whether this is a guest: without address or password, as
    /// [`sign_in().anonymous()`](crate::AuthClient::sign_in) makes them.
    pub fn is_anonymous(&self) -> bool {
        self.extra.get("isAnonymous") == Some(&Value::Bool(true))
    }
}

/// A session on one device.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Fields")]
pub struct Session {
    /// Id in Better Auth's `session` table.
    pub id: String,
    /// The user it belongs to.
    pub user_id: String,
    /// The session's secret token, needed to revoke it. `None` if only the Convex token is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// When it ends, ms since 1970; `None` if only the Convex token is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<f64>,
    /// When it began, ms since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<f64>,
    /// When it was last renewed, ms since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<f64>,
    /// Address it was opened from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// Browser it was opened in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// All fields of plugins.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl fmt::Debug for Session {
    /// Leaves the token out, so that a session can be logged.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("user_id", &self.user_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// The answer of `get-session` for a signed-in person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Fields")]
pub struct SessionData {
    /// The session.
    pub session: Session,
    /// Its user.
    pub user: User,
}

/// The state of the visitor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AuthState {
    /// A verified token, or a session Better Auth has confirmed.
    SignedIn,
    /// No session, for certain.
    SignedOut,
    /// Unknown at the moment (network, upstream down). Never shown as signed out.
    #[default]
    Unknown,
}

impl AuthState {
    /// Returns its name in JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signedIn",
            Self::SignedOut => "signedOut",
            Self::Unknown => "unknown",
        }
    }

    pub(crate) fn by_name(name: &str) -> Option<Self> {
        [Self::SignedIn, Self::SignedOut, Self::Unknown]
            .into_iter()
            .find(|state| state.name() == name)
    }
}
