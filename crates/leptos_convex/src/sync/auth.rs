//! Authentication (in place shortly).

/// What a token fetch ended in.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenOutcome {
    /// A token.
    Token(String),
    /// There is no session: nobody is signed in.
    NoSession,
    /// Nobody knows just now (network, 5xx, 408, 429). Asked again later; nothing changes on screen.
    Unknown,
}

/// What is known about the user when the client starts.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum InitialAuth {
    /// Nothing: a token is fetched before anything else is sent.
    #[default]
    Unknown,
    /// Nobody is signed in: no token is fetched until [`ConvexClient::refresh_auth`](crate::ConvexClient::refresh_auth).
    SignedOut,
    /// Somebody is, with this token, which the server has verified.
    Token(String),
}

// Tokens do not go into logs, not even by accident.
impl std::fmt::Debug for TokenOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Token(_) => "Token(…)",
            Self::NoSession => "NoSession",
            Self::Unknown => "Unknown",
        })
    }
}

impl std::fmt::Debug for InitialAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unknown => "Unknown",
            Self::SignedOut => "SignedOut",
            Self::Token(_) => "Token(…)",
        })
    }
}
