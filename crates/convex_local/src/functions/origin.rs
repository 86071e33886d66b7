//! The origin of a call.

use std::fmt;
use std::net::IpAddr;

use super::request_id::RequestId;

/// The origin of a call, which `ctx.meta.getRequestMetadata()` returns in mutations and actions.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address, if it is known.
    pub ip: Option<IpAddr>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// The verified token. Secret: it lets anybody act as that person.
    pub auth_token: Option<String>,
    /// The id in `_scheduled_functions` of the running function or of its caller.
    pub scheduled_function: Option<String>,
    /// The id that the caller gave the request (`convex-request-id`).
    pub request_id: Option<RequestId>,
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin")
            .field("ip", &self.ip)
            .field("user_agent", &self.user_agent)
            .field("has_auth_token", &self.auth_token.is_some())
            .field("scheduled_function", &self.scheduled_function)
            .field("request_id", &self.request_id)
            .finish()
    }
}
