use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::channel::oneshot;
use futures::executor::block_on;

use super::*;
use crate::AuthErrorCode;

/// A token source whose requests wait until the test answers them.
#[derive(Clone, Default)]
struct Server(Rc<RefCell<Vec<oneshot::Sender<TokenOutcome>>>>);

impl Server {
    fn tokens(&self) -> Tokens {
        let this = self.clone();
        Tokens::new(move || {
            let (answer, answered) = oneshot::channel();
            this.0.borrow_mut().push(answer);
            async move { answered.await.unwrap_or(TokenOutcome::Unknown) }.boxed_local()
        })
    }

    fn asked(&self) -> usize {
        self.0.borrow().len()
    }

    fn answer(&self, outcome: TokenOutcome) {
        self.0
            .borrow_mut()
            .remove(0)
            .send(outcome)
            .expect("somebody waits");
    }
}

fn token(name: &str) -> TokenOutcome {
    let claims = serde_json::json!({ "exp": 4_000_000_000_u64, "name": name });
    TokenOutcome::Token(format!(
        "h.{}.s",
        URL_SAFE_NO_PAD.encode(claims.to_string())
    ))
}

#[test]
fn simultaneous_callers_share_one_request_forced_or_not() {
    let server = Server::default();
    let tokens = server.tokens();
    let waiting = [tokens.get(false), tokens.get(true), tokens.get(false)];
    assert_eq!(server.asked(), 1);
    server.answer(token("a"));
    for outcome in waiting {
        assert_eq!(block_on(outcome), token("a"));
    }
    assert_eq!(block_on(tokens.get(false)), token("a"));
    assert_eq!(server.asked(), 0, "the last token is used again");
    let _forced = tokens.get(true);
    assert_eq!(server.asked(), 1);
}

#[test]
fn an_outage_keeps_the_token_and_the_end_of_the_session_drops_it() {
    let server = Server::default();
    let tokens = server.tokens();
    for (answer, then_asked) in [
        (token("a"), 0),
        (TokenOutcome::Unknown, 0),
        (TokenOutcome::NoSession, 1),
    ] {
        let outcome = tokens.get(true);
        server.answer(answer.clone());
        assert_eq!(block_on(outcome), answer);
        let _next = tokens.get(false);
        assert_eq!(server.asked(), then_asked);
    }
}

#[test]
fn an_answer_for_the_previous_session_is_not_used() {
    for former in [token("former"), TokenOutcome::NoSession] {
        let server = Server::default();
        let tokens = server.tokens();
        let waiting = tokens.get(true);
        tokens.forget();
        let next = tokens.get(false);
        assert_eq!(server.asked(), 2, "the next session sends its own request");
        server.answer(former);
        server.answer(token("next"));
        assert_eq!(block_on(waiting), TokenOutcome::Unknown);
        assert_eq!(block_on(next), token("next"));
        assert_eq!(block_on(tokens.get(false)), token("next"));
    }
}

#[test]
fn only_a_401_means_no_session() {
    let refused = |status| Err(AuthError::new(AuthErrorCode::from("X"), "x", status));
    for status in [0, 403, 404, 408, 429, 500, 502, 503, 504] {
        assert_eq!(outcome(refused(status)), TokenOutcome::Unknown, "{status}");
    }
    assert_eq!(outcome(Ok(None)), TokenOutcome::NoSession);
}

#[test]
fn a_garbled_token_is_not_used_again() {
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    let tokens = Tokens::new(move || {
        count.set(count.get() + 1);
        futures::future::ready(TokenOutcome::Token("garbled".to_owned())).boxed_local()
    });
    for _ in 0..2 {
        block_on(tokens.get(false));
    }
    assert_eq!(asked.get(), 2);
}
