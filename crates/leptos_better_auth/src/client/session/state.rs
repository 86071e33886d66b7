//! The rules of `useSession`, without signals or requests.

use crate::{AuthError, SessionData};

/// The state of the session.
///
/// `data` becomes `None` only if Better Auth reports it (a `null` session, a 401) or after a sign-out, never because of
/// an error. `is_pending` is true only while nothing is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SessionState {
    /// The session.
    pub data: Option<SessionData>,
    /// The error of the last request.
    pub error: Option<AuthError>,
    /// Whether nothing is known yet.
    pub is_pending: bool,
    /// Whether a request is running.
    pub is_refetching: bool,
    /// The number of requests and local changes, so that an answer to an older request is dropped.
    revision: u64,
}

impl SessionState {
    pub(super) fn seeded(data: Option<SessionData>, known: bool) -> Self {
        Self {
            is_pending: data.is_none() && !known,
            data,
            ..Self::default()
        }
    }

    /// Returns whether nothing is known and no request is running.
    pub(crate) fn is_waiting(&self) -> bool {
        self.is_pending && !self.is_refetching
    }

    /// Returns whether only the token is known, and no request for the rest is running. False after an error, until the
    /// tab becomes visible again.
    pub(super) fn lacks_details(&self) -> bool {
        let by_token = |data: &SessionData| data.session.expires_at.is_none();
        self.data.as_ref().is_some_and(by_token) && !self.is_refetching && self.error.is_none()
    }

    /// Notes that a request starts, and returns its number for [`settle`](Self::settle).
    pub(super) fn begin(&mut self) -> u64 {
        self.revision += 1;
        self.is_refetching = true;
        self.error = None;
        self.revision
    }

    /// Notes that a sign-in succeeded, and that the person is not known yet.
    pub(super) fn expect_somebody(&mut self) {
        self.is_pending = self.data.is_none();
    }

    pub(super) fn settle(&mut self, revision: u64, answer: Result<Option<SessionData>, AuthError>) {
        if revision != self.revision {
            return;
        }
        self.is_refetching = false;
        match answer {
            Ok(data) => self.know(data),
            Err(error) if error.status == 401 => {
                self.know(None);
                self.error = Some(error);
            }
            Err(error) => self.error = Some(error),
        }
    }

    /// Replaces the session, from another source than a request.
    pub(super) fn replace(&mut self, data: Option<SessionData>) {
        self.revision += 1;
        self.is_refetching = false;
        self.know(data);
    }

    fn know(&mut self, data: Option<SessionData>) {
        self.data = data;
        self.error = None;
        self.is_pending = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AuthErrorCode;

    fn session(id: &str) -> SessionData {
        let json = serde_json::json!({ "session": { "id": id, "userId": "u" }, "user": { "id": "u", "name": "A" } });
        serde_json::from_value(json).expect("session")
    }

    #[test]
    fn an_error_keeps_what_is_known_and_a_401_clears_it() {
        let mut state = SessionState::seeded(Some(session("s")), true);
        let first = state.begin();
        assert!(state.is_refetching && !state.is_pending && state.data.is_some());
        state.settle(first, Err(AuthError::unreachable()));
        assert!(state.data.is_some() && state.error.is_some() && !state.is_refetching);
        let second = state.begin();
        state.settle(
            second,
            Err(AuthError::new(AuthErrorCode::Unauthorized, "no", 401)),
        );
        assert_eq!(state.data, None);
    }

    #[test]
    fn details_are_requested_once_if_only_the_token_is_known() {
        assert!(!SessionState::seeded(None, true).lacks_details());
        assert!(!SessionState::seeded(None, false).lacks_details());
        let mut state = SessionState::seeded(Some(session("s")), true);
        assert!(state.lacks_details());
        let request = state.begin();
        assert!(!state.lacks_details(), "a request is running");
        state.settle(request, Err(AuthError::unreachable()));
        assert!(
            !state.lacks_details(),
            "no request is repeated after an outage"
        );
        let request = state.begin();
        let mut whole = session("s");
        whole.session.expires_at = Some(1.0);
        state.settle(request, Ok(Some(whole)));
        assert!(!state.lacks_details());
    }

    #[test]
    fn an_unknown_session_stays_pending_through_errors() {
        let mut state = SessionState::seeded(None, false);
        assert!(state.is_pending);
        let request = state.begin();
        state.settle(request, Err(AuthError::unreachable()));
        assert!(state.is_pending, "an outage decides nothing");
        let request = state.begin();
        state.settle(request, Ok(None));
        assert!(!state.is_pending);
    }

    #[test]
    fn a_sign_in_is_pending_until_the_person_is_known() {
        let mut state = SessionState::seeded(None, true);
        state.expect_somebody();
        assert!(state.is_pending);
        let request = state.begin();
        state.settle(request, Ok(Some(session("s"))));
        state.expect_somebody();
        assert!(
            !state.is_pending && state.data.is_some(),
            "a second sign-in keeps showing the first person"
        );
    }

    #[test]
    fn the_answer_to_an_older_request_is_dropped() {
        let mut state = SessionState::seeded(None, true);
        let old = state.begin();
        state.replace(Some(session("new")));
        state.settle(old, Ok(None));
        assert_eq!(state.data, Some(session("new")));
        let (first, second) = (state.begin(), state.begin());
        state.settle(second, Ok(Some(session("2"))));
        state.settle(first, Ok(Some(session("1"))));
        assert_eq!(state.data, Some(session("2")));
    }
}
