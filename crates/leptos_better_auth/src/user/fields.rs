//! The decoder of users and sessions: the known fields by name, and all others unchanged.
//!
//! It is written by hand, because `#[serde(flatten)]` costs a page several times the code.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Session, SessionData, User};

/// A JSON object from which fields are taken.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Fields(Map<String, Value>);

/// A field that is missing or of another type.
#[derive(Debug, thiserror::Error)]
#[error("field `{0}` is missing or of an unexpected type")]
pub(crate) struct Unfit(&'static str);

impl Unfit {
    pub(crate) fn new(field: &'static str) -> Self {
        Self(field)
    }
}

impl Fields {
    /// Takes a field; `None` if it is missing or null.
    fn take<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value) -> Option<T>,
    ) -> Result<Option<T>, Unfit> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value).map(Some).ok_or(Unfit(name)),
        }
    }

    pub(crate) fn text(&mut self, name: &'static str) -> Result<Option<String>, Unfit> {
        self.take(name, |value| match value {
            Value::String(text) => Some(text),
            _ => None,
        })
    }

    pub(crate) fn number(&mut self, name: &'static str) -> Result<Option<f64>, Unfit> {
        self.take(name, |value| value.as_f64())
    }

    pub(crate) fn id(&mut self) -> Result<String, Unfit> {
        self.text("id")?.ok_or(Unfit("id"))
    }

    /// Takes a list of strings; empty if it is missing or null.
    pub(crate) fn texts(&mut self, name: &'static str) -> Result<Vec<String>, Unfit> {
        let texts = self.take(name, |value| {
            let mut texts = Vec::new();
            for text in value.as_array()? {
                texts.push(text.as_str()?.to_owned());
            }
            Some(texts)
        })?;
        Ok(texts.unwrap_or_default())
    }

    fn object(&mut self, name: &'static str) -> Result<Self, Unfit> {
        let object = self.take(name, |value| match value {
            Value::Object(fields) => Some(Self(fields)),
            _ => None,
        })?;
        object.ok_or(Unfit(name))
    }

    /// Returns all fields that have not been taken.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.0
    }
}

impl TryFrom<Fields> for User {
    type Error = Unfit;

    fn try_from(mut fields: Fields) -> Result<Self, Unfit> {
        Ok(Self {
            id: fields.id()?,
            name: fields.text("name")?.unwrap_or_default(),
            email: fields.text("email")?.unwrap_or_default(),
            email_verified: fields
                .take("emailVerified", |value| value.as_bool())?
                .unwrap_or_default(),
            image: fields.text("image")?,
            created_at: fields.number("createdAt")?,
            updated_at: fields.number("updatedAt")?,
            extra: fields.0,
        })
    }
}

impl TryFrom<Fields> for Session {
    type Error = Unfit;

    fn try_from(mut fields: Fields) -> Result<Self, Unfit> {
        Ok(Self {
            id: fields.id()?,
            user_id: fields.text("userId")?.unwrap_or_default(),
            token: fields.text("token")?,
            expires_at: fields.number("expiresAt")?,
            created_at: fields.number("createdAt")?,
            updated_at: fields.number("updatedAt")?,
            ip_address: fields.text("ipAddress")?,
            user_agent: fields.text("userAgent")?,
            extra: fields.0,
        })
    }
}

impl TryFrom<Fields> for SessionData {
    type Error = Unfit;

    fn try_from(mut fields: Fields) -> Result<Self, Unfit> {
        Ok(Self {
            session: fields.object("session")?.try_into()?,
            user: fields.object("user")?.try_into()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn unknown_fields_are_kept() {
        let sent = json!({ "id": "u1", "name": "Ada", "email": "a@b.c", "emailVerified": true, "role": "admin" });
        let user: User = serde_json::from_value(sent.clone()).expect("user");
        assert_eq!(user.extra.get("role"), Some(&json!("admin")));
        assert_eq!(serde_json::to_value(&user).expect("json"), sent);
    }

    #[test]
    fn a_field_of_another_type_is_refused_and_null_is_none() {
        let read = |sent| serde_json::from_value::<Session>(sent);
        assert!(read(json!({ "userId": "u1" })).is_err());
        assert!(read(json!({ "id": "s1", "expiresAt": "soon" })).is_err());
        let session = read(json!({ "id": "s1", "ipAddress": null })).expect("session");
        assert_eq!(session.ip_address, None);
    }
}
