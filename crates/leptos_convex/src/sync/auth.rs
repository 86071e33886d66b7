//! The client's authentication: tokens, their renewal, and the backend's verdicts on them.
//!
//! The states are those of `authentication_manager.ts` of npm `convex`, with four deliberate differences. The initial
//! token is used until it nears its expiry instead of being fetched again at once. "Don't know" is an outcome of its
//! own, which is retried and not shown. A fetched token that equals the current one is scheduled like any other. And
//! a token of another person starts a new epoch.

use super::{
    AuthSnapshot, AuthStatus, Effect, Env, InitialAuth, Settings, Ticket, Timer, TokenOutcome,
    event::LONGEST_DELAY, jwt::Claims,
};

/// A fetch that takes longer than this counts as [`TokenOutcome::Unknown`].
const FETCH_TIMEOUT: u32 = 20_000;
/// The pauses in milliseconds after successive fetches that ended in "don't know". The last one repeats.
const RETRY_DELAYS: [f64; 6] = [500.0, 1_500.0, 3_000.0, 6_000.0, 12_000.0, 16_000.0];
/// How many more fresh tokens are tried when the backend refuses one.
const MAX_REJECTIONS: u32 = 2;

struct Token {
    text: String,
    claims: Claims,
    /// The token was fetched with force and is certainly not a cached one, so a refusal means more.
    fresh: bool,
    /// The backend has accepted it.
    confirmed: bool,
    /// When the token expires, by this device's clock.
    expires: Option<f64>,
}

/// The purpose of a fetch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Nothing is known yet. Nothing is sent until the fetch has answered.
    First,
    /// The current token is near its expiry, or the app asked.
    Renewal,
    /// The backend refused the current token. The socket is closed until there is another token.
    Replacement,
}

#[derive(Clone, Copy, PartialEq)]
enum Fetch {
    None,
    /// The app's fetcher is running.
    Running(Ticket, Purpose),
    /// The fetcher will be called (again) at this time.
    Scheduled(f64, Purpose),
}

/// The consequence of a refused token for the connection.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// None: the refused token has been replaced meanwhile.
    Outdated,
    /// Close the socket until there is another token.
    Stop,
    /// Nobody is signed in any more. Continue as nobody.
    GaveUp,
}

pub(super) struct Auth {
    configured: bool,
    token: Option<Token>,
    /// Only `Connect` may be sent, because the user is not known yet.
    held: bool,
    snapshot: AuthSnapshot,
    /// The person whose results are on the page.
    person: Option<String>,
    fetch: Fetch,
    next_ticket: Ticket,
    retries: usize,
    rejections: u32,
    /// How long before its expiry a token is renewed, in milliseconds.
    leeway: f64,
}

impl Auth {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            configured: false,
            token: None,
            held: settings.expect_auth,
            snapshot: AuthSnapshot::default(),
            person: None,
            fetch: Fetch::None,
            next_ticket: 0,
            retries: 0,
            rejections: 0,
            leeway: f64::from(settings.renewal_leeway),
        }
    }

    pub(super) const fn is_held(&self) -> bool {
        self.held
    }

    pub(super) const fn snapshot(&self) -> AuthSnapshot {
        self.snapshot
    }

    /// Returns whether the results on the page belong, or will belong, to a person.
    pub(super) const fn is_somebody(&self) -> bool {
        self.person.is_some()
    }

    /// Returns the token that the backend should have.
    pub(super) fn token(&self) -> Option<&str> {
        self.token.as_ref().map(|token| &*token.text)
    }

    /// Returns whether the signed-in state can only be learned over a connection.
    pub(super) fn wants_connection(&self) -> bool {
        self.token.is_some() && self.snapshot.status != AuthStatus::Authenticated
    }

    /// Returns whether the backend has accepted the current token, if any.
    pub(super) fn is_confirmed(&self) -> bool {
        self.token.as_ref().is_none_or(|token| token.confirmed)
    }

    pub(super) fn configure(&mut self, initial: InitialAuth, effects: &mut Vec<Effect>) {
        self.configured = true;
        if matches!(&initial, InitialAuth::Token(text) if self.token() == Some(text)) {
            // The token is not new, so its pending fetch or renewal continues.
            return;
        }
        self.retries = 0;
        self.rejections = 0;
        match initial {
            InitialAuth::Token(text) => {
                self.cancel_fetch(effects);
                self.hold_token(text, false);
                self.snapshot.status = AuthStatus::Authenticated;
            }
            InitialAuth::SignedOut => {
                self.cancel_fetch(effects);
                self.sign_out();
            }
            InitialAuth::Unknown => {
                if self.token.is_none() {
                    self.held = true;
                    self.snapshot.status = AuthStatus::Loading;
                }
                self.start_fetch(
                    if self.held {
                        Purpose::First
                    } else {
                        Purpose::Renewal
                    },
                    effects,
                );
            }
        }
    }

    pub(super) fn clear(&mut self, effects: &mut Vec<Effect>) {
        self.configured = false;
        self.cancel_fetch(effects);
        self.sign_out();
    }

    /// Fetches a token now, for the app. A pending fetch is not enough: it may have started before the change that
    /// the app wants to see.
    pub(super) fn refresh(&mut self, effects: &mut Vec<Effect>) {
        if self.configured {
            let purpose = self.purpose().unwrap_or(Purpose::Renewal);
            self.start_fetch(purpose, effects);
        }
    }

    pub(super) fn on_timer(&mut self, env: Env, effects: &mut Vec<Effect>) {
        match self.fetch {
            Fetch::None => {}
            Fetch::Running(ticket, _) => {
                self.on_outcome(ticket, TokenOutcome::Unknown, env, effects);
            }
            Fetch::Scheduled(_, purpose) => self.start_fetch(purpose, effects),
        }
    }

    /// Starts a scheduled fetch now if it is a retry or overdue. Timers may have stopped while the device slept.
    pub(super) fn on_wake(&mut self, env: Env, effects: &mut Vec<Effect>) {
        if let Fetch::Scheduled(at, purpose) = self.fetch
            && (self.retries > 0 || at <= env.now)
        {
            self.start_fetch(purpose, effects);
        }
    }

    /// Notes that a socket has opened. A token that expired meanwhile is replaced before the backend refuses it.
    pub(super) fn on_open(&mut self, env: Env, effects: &mut Vec<Effect>) {
        let ended = self
            .token
            .as_ref()
            .and_then(|token| token.expires)
            .is_some_and(|end| end <= env.now);
        if self.configured && ended {
            self.held = true;
            match self.fetch {
                Fetch::Running(ticket, _) => {
                    self.fetch = Fetch::Running(ticket, Purpose::Replacement);
                }
                _ => self.start_fetch(Purpose::Replacement, effects),
            }
        }
    }

    pub(super) fn on_outcome(
        &mut self,
        ticket: Ticket,
        outcome: TokenOutcome,
        env: Env,
        effects: &mut Vec<Effect>,
    ) {
        let Fetch::Running(running, purpose) = self.fetch else {
            return;
        };
        if running != ticket {
            return;
        }
        self.cancel_fetch(effects);
        match outcome {
            TokenOutcome::Unknown => self.retry(purpose, env, effects),
            TokenOutcome::NoSession => self.sign_out(),
            TokenOutcome::Token(text) if self.token() != Some(&*text) => {
                self.retries = 0;
                self.hold_token(text, purpose != Purpose::First);
            }
            TokenOutcome::Token(_) if purpose == Purpose::Replacement => {
                // This is the very token that the backend refused. The next one may differ.
                if self.refused_once_more() {
                    self.give_up(effects);
                } else {
                    self.retry(purpose, env, effects);
                }
            }
            TokenOutcome::Token(_) => {
                self.held = false;
                let pause = self.next_retry_delay(env);
                self.schedule_renewal(None, pause, env, effects);
            }
        }
    }

    /// Notes that the backend has accepted an `Authenticate`.
    pub(super) fn on_confirmed(&mut self, skew: Option<f64>, env: Env, effects: &mut Vec<Effect>) {
        let Some(token) = &mut self.token else { return };
        token.confirmed = true;
        self.rejections = 0;
        self.retries = 0;
        self.snapshot.status = AuthStatus::Authenticated;
        self.snapshot.refreshing = false;
        if !matches!(self.fetch, Fetch::Running(..)) {
            self.schedule_renewal(skew, 0.0, env, effects);
        }
    }

    /// Handles the backend's refusal of a token, either of a new one (`attempted`) or of one that has expired since.
    pub(super) fn on_refused(&mut self, attempted: bool, effects: &mut Vec<Effect>) -> Refusal {
        let waiting = self.token.as_ref().is_some_and(|token| !token.confirmed);
        if !attempted && waiting {
            return Refusal::Outdated;
        }
        let fresh = self
            .token
            .as_ref()
            .is_some_and(|token| token.fresh && !token.confirmed);
        if !self.configured || self.token.is_none() || (fresh && self.refused_once_more()) {
            self.give_up(effects);
            return Refusal::GaveUp;
        }
        self.snapshot.refreshing = self.snapshot.status == AuthStatus::Authenticated;
        self.held = true;
        match self.fetch {
            // One fetch serves all who wait.
            Fetch::Running(ticket, _) => self.fetch = Fetch::Running(ticket, Purpose::Replacement),
            _ => self.start_fetch(Purpose::Replacement, effects),
        }
        Refusal::Stop
    }

    fn refused_once_more(&mut self) -> bool {
        self.rejections += 1;
        self.rejections > MAX_REJECTIONS
    }

    fn give_up(&mut self, effects: &mut Vec<Effect>) {
        self.cancel_fetch(effects);
        self.sign_out();
        effects.push(Effect::Warn(
            "[Convex] this app's tokens are refused: check convex/auth.config.ts".to_owned(),
        ));
    }

    fn hold_token(&mut self, text: String, fresh: bool) {
        self.held = false;
        if self.token() == Some(&*text) {
            return;
        }
        let claims = Claims::of(&text);
        // Without claims, nothing shows that it is the same person.
        let person = claims.person().unwrap_or_else(|| text.clone());
        self.change_person(Some(person));
        self.token = Some(Token {
            text,
            claims,
            fresh,
            confirmed: false,
            expires: None,
        });
    }

    fn sign_out(&mut self) {
        self.held = false;
        self.token = None;
        self.retries = 0;
        self.rejections = 0;
        self.snapshot.status = AuthStatus::Unauthenticated;
        self.snapshot.refreshing = false;
        self.change_person(None);
    }

    /// Changes the person. Results for everybody stay visible to the next person; a person's own results do not.
    fn change_person(&mut self, person: Option<String>) {
        if self.person.is_some() && self.person != person {
            self.snapshot.epoch += 1;
        }
        self.person = person;
    }

    const fn purpose(&self) -> Option<Purpose> {
        match self.fetch {
            Fetch::None => None,
            Fetch::Running(_, purpose) | Fetch::Scheduled(_, purpose) => Some(purpose),
        }
    }

    fn start_fetch(&mut self, purpose: Purpose, effects: &mut Vec<Effect>) {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.fetch = Fetch::Running(ticket, purpose);
        effects.push(Effect::SetTimer(Timer::RefreshToken, FETCH_TIMEOUT));
        effects.push(Effect::FetchToken {
            ticket,
            force: purpose != Purpose::First,
        });
    }

    /// Stops fetching tokens.
    pub(super) fn clear_timers(&mut self, effects: &mut Vec<Effect>) {
        self.configured = false;
        self.cancel_fetch(effects);
    }

    fn cancel_fetch(&mut self, effects: &mut Vec<Effect>) {
        if self.fetch != Fetch::None {
            self.fetch = Fetch::None;
            effects.push(Effect::ClearTimer(Timer::RefreshToken));
        }
    }

    fn retry(&mut self, purpose: Purpose, env: Env, effects: &mut Vec<Effect>) {
        let delay = self.next_retry_delay(env);
        self.schedule(delay, purpose, env, effects);
    }

    fn next_retry_delay(&mut self, env: Env) -> f64 {
        let delay = RETRY_DELAYS[self.retries.min(RETRY_DELAYS.len() - 1)];
        self.retries += 1;
        // The jitter is up to a quarter in both directions.
        delay * (0.75 + env.random / 2.0)
    }

    fn schedule_renewal(
        &mut self,
        skew: Option<f64>,
        at_least: f64,
        env: Env,
        effects: &mut Vec<Effect>,
    ) {
        let Some(token) = &mut self.token else { return };
        let known_end = token.expires.map(|end| end - env.now);
        let Some(remaining) = known_end
            .filter(|_| skew.is_none())
            .or_else(|| token.claims.remaining(env.now, skew))
        else {
            return;
        };
        token.expires = Some(env.now + remaining);
        // If a fresh token expires soon, there is no better one: another fetch would give the same.
        let lifetime = token.claims.lifetime().filter(|_| !token.fresh);
        let leeway = self.leeway.min(lifetime.unwrap_or(remaining) / 4.0);
        let delay = (remaining - leeway).max(at_least);
        self.schedule(delay, Purpose::Renewal, env, effects);
    }

    fn schedule(&mut self, delay: f64, purpose: Purpose, env: Env, effects: &mut Vec<Effect>) {
        let delay = delay.clamp(0.0, LONGEST_DELAY);
        self.fetch = Fetch::Scheduled(env.now + delay, purpose);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped"
        )]
        effects.push(Effect::SetTimer(Timer::RefreshToken, delay as u32));
    }
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
