//! The link between session and open socket: the socket is authenticated as the session's user.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::Effect;
use leptos_convex::{ConvexClient, InitialAuth, TokenOutcome};

use super::auth_client::AuthClient;
use super::session::{SessionState, SessionStore};
use super::tokens::Tokens;

/// The user of the socket, or the next one.
///
/// It depends on the session alone. Fetching the same session again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Identity {
    /// Unknown: the client fetches a token and stays in its loading state.
    Pending,
    Nobody,
    Session(String),
}

impl Identity {
    fn of(state: &SessionState) -> Self {
        match &state.data {
            Some(data) => Self::Session(data.session.id.clone()),
            None if state.is_pending => Self::Pending,
            None => Self::Nobody,
        }
    }
}

/// The step that a change of identity requires.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Nothing,
    SignOut,
    /// Start again, with the token that came along, or with one to fetch.
    Authenticate(Option<String>),
    /// Fetch a token and keep everything until it is there.
    Refresh,
}

fn step(before: &Identity, now: &Identity, brought: Option<String>) -> Step {
    match (before, now, brought) {
        (before, now, _) if before == now => Step::Nothing,
        (_, Identity::Nobody, _) => Step::SignOut,
        (_, Identity::Session(_), Some(token)) => Step::Authenticate(Some(token)),
        // The client is already waiting for this token.
        (Identity::Pending, Identity::Session(_), None) => Step::Nothing,
        (Identity::Session(_), Identity::Session(_), None) => Step::Refresh,
        _ => Step::Authenticate(None),
    }
}

#[derive(Clone)]
pub(super) struct Socket(Rc<Inner>);

struct Inner {
    client: ConvexClient,
    tokens: Tokens,
    session: SessionStore,
    identity: RefCell<Identity>,
}

impl Socket {
    pub(super) fn new(
        client: ConvexClient,
        auth_client: AuthClient,
        session: SessionStore,
    ) -> Self {
        Self(Rc::new(Inner {
            client,
            tokens: Tokens::of(auth_client),
            identity: RefCell::new(session.with_untracked(Identity::of)),
            session,
        }))
    }

    /// Authenticates as the user for whom the page was rendered, and follows the session from then on.
    pub(super) fn start(self, initial: InitialAuth) {
        self.authenticate(initial);
        // Effects run in the browser only.
        Effect::new(move |attached: Option<()>| {
            self.0.session.with(|_| ());
            if attached.is_none() {
                let this = self.clone();
                self.0.session.attach(move || this.follow());
            }
            self.follow();
        });
    }

    fn follow(&self) {
        let now = self.0.session.with_untracked(Identity::of);
        let before = self.0.identity.replace(now.clone());
        let brought = self.0.session.take_brought_token();
        let step = step(&before, &now, brought);
        if step != Step::Nothing {
            self.0.tokens.forget();
        }
        match step {
            Step::Nothing => {}
            Step::SignOut => self.0.client.clear_auth(),
            Step::Authenticate(Some(token)) => self.authenticate(InitialAuth::Token(token)),
            Step::Authenticate(None) => self.authenticate(InitialAuth::Unknown),
            Step::Refresh => self.0.client.refresh_auth(),
        }
    }

    fn authenticate(&self, initial: InitialAuth) {
        // A weak reference. If this owned the client, which owns this, neither would be dropped with the provider.
        let this = Rc::downgrade(&self.0);
        self.0.client.set_auth(initial, move |force| {
            let this = this.upgrade().map(Self);
            async move {
                let Some(this) = this else {
                    return TokenOutcome::Unknown;
                };
                let outcome = this.0.tokens.get(force).await;
                this.learn_from(&outcome);
                outcome
            }
        });
    }

    /// Applies the token route's answer about the session, for which the page may have been waiting.
    fn learn_from(&self, outcome: &TokenOutcome) {
        let session = self.0.session;
        match outcome {
            TokenOutcome::NoSession => session.clear(),
            TokenOutcome::Token(_) if session.with_untracked(SessionState::is_waiting) => {
                session.refetch();
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(id: &str) -> Identity {
        Identity::Session(id.to_owned())
    }

    #[test]
    fn the_same_session_changes_nothing() {
        assert_eq!(step(&session("a"), &session("a"), None), Step::Nothing);
        assert_eq!(
            step(&Identity::Nobody, &Identity::Nobody, None),
            Step::Nothing
        );
    }

    #[test]
    fn a_form_s_token_authenticates_the_socket_without_a_request() {
        let token = || Some("t".to_owned());
        for before in [Identity::Nobody, Identity::Pending, session("a")] {
            assert_eq!(
                step(&before, &session("b"), token()),
                Step::Authenticate(token())
            );
        }
    }

    #[test]
    fn switching_accounts_has_no_signed_out_state_in_between() {
        assert_eq!(step(&session("a"), &session("b"), None), Step::Refresh);
    }

    #[test]
    fn a_sign_in_shows_loading_instead_of_signed_out() {
        assert_eq!(
            step(&Identity::Nobody, &Identity::Pending, None),
            Step::Authenticate(None)
        );
        assert_eq!(step(&Identity::Pending, &session("a"), None), Step::Nothing);
        assert_eq!(
            step(&Identity::Nobody, &session("a"), None),
            Step::Authenticate(None)
        );
    }

    #[test]
    fn only_a_known_end_of_the_session_signs_out() {
        assert_eq!(step(&session("a"), &Identity::Nobody, None), Step::SignOut);
        assert_eq!(
            step(&Identity::Pending, &Identity::Nobody, None),
            Step::SignOut
        );
    }
}
