//! The id of a request.

use std::fmt;

use rand::Rng as _;

/// The id of a request in logs and in errors for clients: sixteen hexadecimal digits, as on
/// Convex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(u64);

impl RequestId {
    pub(crate) fn new() -> Self {
        Self(rand::rng().random())
    }

    /// Parses an id that a caller chose to find its request in the logs; `None` if the text is not an id.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let looks_like_one = text.len() == 16 && text.bytes().all(|it| it.is_ascii_hexdigit());
        let number = looks_like_one.then(|| u64::from_str_radix(text, 16));
        number?.ok().map(Self)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::RequestId;

    #[test]
    fn an_id_of_the_caller_is_accepted_if_it_is_well_formed() {
        let id = |text| RequestId::parse(text).map(|id| id.to_string());
        assert_eq!(id("00ff00ff00ff00ff").as_deref(), Some("00ff00ff00ff00ff"));
        for other in [
            "",
            "ff",
            "+0ff00ff00ff00ff",
            "00ff00ff00ff00fg",
            "00ff00ff00ff00ff0",
        ] {
            assert_eq!(id(other), None, "{other}");
        }
    }
}
