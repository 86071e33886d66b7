//! The user of one request, determined once for all helpers of a page.

mod live;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::header::HeaderValue;
use http::request::Parts;
use leptos_convex::server::Snapshot;
use tokio::sync::OnceCell;

use super::ConvexBetterAuth;
use super::config::JwtCache;
use super::cookies::{AuthCookies, set_cookie_name};
use super::keys::Verdict;
use super::live::Asking;
use super::standing::{SessionKey, Standing};
use super::token::{self, Rejected, Token};
use super::upstream::{self, SessionAnswer, TokenAnswer};
use super::visitor::Visitor;
use crate::{AuthState, SessionData};

/// The outcome for one request.
#[derive(Clone, Debug)]
pub(crate) enum Resolution {
    Token(Token),
    NoSession,
    Unknown,
}

/// The visitor of one request. [`ConvexBetterAuth::layer`] puts it into the request's extensions; the
/// server helpers find it there.
///
/// Cheap to clone; all clones share one outcome.
#[derive(Clone, Debug)]
pub struct RequestAuth(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    auth: ConvexBetterAuth,
    cookies: AuthCookies,
    visitor: Visitor,
    /// Set once by the first helper or by the layer.
    resolution: OnceCell<Resolution>,
    /// Set at most once, after the deployment refused a token from a cookie.
    refreshed: OnceCell<Resolution>,
    /// Set at most once, by strict guards.
    standing: OnceCell<AuthState>,
    /// The cookies for the live session, if the visitor may have one.
    live: Option<Arc<Asking>>,
    /// Whether something was written for the visitor, or may have been.
    wrote: AtomicBool,
    /// The timestamp of the last write over the visitor's live session.
    written: Mutex<Option<String>>,
    /// The timestamp at which all preloads of a page are read. Set by the first of them; `None` if the deployment could
    /// not return one.
    moment: OnceCell<Option<Snapshot>>,
    /// For the browser: refreshed cookies and deletions. The layer sends them. Those that are added after the first
    /// byte of a streamed page are lost, and the next request adds them again.
    set_cookies: Mutex<Vec<HeaderValue>>,
    /// Whether a token was used, so that the answer is personal.
    token_used: AtomicBool,
}

impl RequestAuth {
    pub(crate) fn new(auth: ConvexBetterAuth, parts: &Parts) -> Self {
        let settings = auth.settings();
        let cookies = AuthCookies::of(&parts.headers, &settings.cookie_prefix);
        let visitor = Visitor::of(parts, settings);
        Self(Arc::new(Inner {
            resolution: OnceCell::new_with(cookies.is_anonymous().then_some(Resolution::NoSession)),
            refreshed: OnceCell::new(),
            standing: OnceCell::new(),
            moment: OnceCell::new(),
            set_cookies: Mutex::default(),
            token_used: AtomicBool::new(false),
            live: auth
                .live()
                .and_then(|live| live.asking(&parts.headers, &cookies))
                .map(Arc::new),
            wrote: AtomicBool::new(false),
            written: Mutex::default(),
            auth,
            cookies,
            visitor,
        }))
    }

    /// Returns the state of the visitor. Asks the deployment if the cookies are not enough.
    pub async fn state(&self) -> AuthState {
        state_of(self.resolve().await)
    }

    /// Returns [`state`](Self::state), but signed in only if the session still exists: a token outlives sign-out and
    /// revocation. Asks Better Auth, unless that was done for this session in the last
    /// [`standing_ttl`](super::AuthConfig::standing_ttl).
    pub async fn strict_state(&self) -> AuthState {
        *self.0.standing.get_or_init(|| self.find_standing()).await
    }

    async fn find_standing(&self) -> AuthState {
        let token = match self.resolve().await {
            // The token was just issued for the session.
            Resolution::Token(token) if token.is_fresh => return AuthState::SignedIn,
            Resolution::Token(token) => token,
            other => return state_of(other),
        };
        if self.stands_live(token) {
            return AuthState::SignedIn;
        }
        match self.0.ask_standing().await {
            Some(Standing::Stands(id)) if same_session(token, &id) => AuthState::SignedIn,
            // The token belongs to an older session; the cookie's session determines the user.
            Some(Standing::Stands(_)) => state_of(self.refresh().await),
            Some(Standing::Gone) => {
                self.end_live();
                self.0.send_cookies(self.0.cookies.clear_all());
                AuthState::SignedOut
            }
            None => AuthState::Unknown,
        }
    }

    /// Returns the session of a verified token, with the fields of the token.
    pub async fn session(&self) -> Option<SessionData> {
        match self.resolve().await {
            Resolution::Token(token) => Some(SessionData::clone(&token.session)),
            _ => None,
        }
    }

    /// Returns the Convex token of the visitor, verified or fresh.
    pub async fn token(&self) -> Option<String> {
        match self.resolve().await {
            Resolution::Token(token) => Some(token.text.to_string()),
            _ => None,
        }
    }

    /// Returns the timestamp, if something was read at one.
    pub(crate) fn moment_known(&self) -> Option<&Snapshot> {
        self.0.moment.get()?.as_ref()
    }

    /// Returns whether the app's public address is https, so that its cookies are `Secure`.
    pub fn site_is_https(&self) -> bool {
        self.0.auth.site_is_https()
    }

    /// Returns a new token, whatever the cookie contains (`forceRefresh` of `getToken`). Requested at most once for
    /// each request.
    ///
    /// Also call it if a function's answer raises doubts about the session. If a page was rendered for a session that
    /// has ended, it is then rendered again for the current user, unless its first byte has been sent.
    pub async fn fresh_token(&self) -> Option<String> {
        let resolution = match self.resolve().await {
            Resolution::Token(token) if !token.is_fresh => self.refresh().await,
            other => other,
        };
        match resolution {
            Resolution::Token(token) => Some(token.text.to_string()),
            _ => None,
        }
    }

    pub(crate) async fn resolve(&self) -> &Resolution {
        let resolution = self.0.resolution.get_or_init(|| self.0.look_up()).await;
        self.note_use(resolution);
        resolution
    }

    /// Returns the outcome, if it is known.
    pub(crate) fn resolved(&self) -> Option<&Resolution> {
        let resolution = self.0.refreshed.get().or_else(|| self.0.resolution.get())?;
        self.note_use(resolution);
        Some(resolution)
    }

    /// Returns a new token in place of one that the deployment refused. Requested once for each request, for all
    /// helpers together.
    pub(crate) async fn refresh(&self) -> &Resolution {
        let ask = || async {
            // Everything that was answered with that token is doubtful now.
            self.end_live();
            self.0.ask_upstream().await
        };
        let resolution = self.0.refreshed.get_or_init(ask).await;
        self.note_use(resolution);
        resolution
    }

    /// Returns the right visitor for a page that was rendered for the wrong one, because its token belonged to a
    /// session that has ended or is another person's now. The cookies to send are kept.
    pub(crate) fn corrected(&self) -> Option<Self> {
        let Some(Resolution::Token(first)) = self.0.resolution.get() else {
            return None;
        };
        let now = match (self.0.refreshed.get(), self.0.standing.get()) {
            (Some(Resolution::Token(now)), _) if is_same(first, now) => return None,
            (Some(Resolution::Unknown), _) => return None,
            (Some(now), _) => now.clone(),
            (None, Some(AuthState::SignedOut)) => Resolution::NoSession,
            (None, _) => return None,
        };
        let inner = &self.0;
        Some(Self(Arc::new(Inner {
            resolution: OnceCell::new_with(Some(now)),
            refreshed: OnceCell::new(),
            moment: OnceCell::new(),
            standing: OnceCell::new(),
            set_cookies: Mutex::new(self.take_set_cookies()),
            token_used: AtomicBool::new(true),
            live: inner.live.clone(),
            wrote: AtomicBool::new(inner.wrote.load(Ordering::Relaxed)),
            written: Mutex::new(inner.written().clone()),
            auth: inner.auth.clone(),
            cookies: inner.cookies.clone(),
            visitor: inner.visitor.clone(),
        })))
    }

    pub(crate) fn auth(&self) -> &ConvexBetterAuth {
        &self.0.auth
    }

    pub(crate) fn cookies(&self) -> &AuthCookies {
        &self.0.cookies
    }

    pub(crate) fn visitor(&self) -> &Visitor {
        &self.0.visitor
    }

    pub(crate) fn token_used(&self) -> bool {
        self.0.token_used.load(Ordering::Relaxed)
    }

    pub(crate) fn take_set_cookies(&self) -> Vec<HeaderValue> {
        std::mem::take(
            &mut *self
                .0
                .set_cookies
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    fn note_use(&self, resolution: &Resolution) {
        if matches!(resolution, Resolution::Token(_)) {
            self.0.token_used.store(true, Ordering::Relaxed);
        }
    }
}

pub(crate) fn state_of(resolution: &Resolution) -> AuthState {
    match resolution {
        Resolution::Token(_) => AuthState::SignedIn,
        Resolution::NoSession => AuthState::SignedOut,
        Resolution::Unknown => AuthState::Unknown,
    }
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn now_in_milliseconds() -> f64 {
    token::now() as f64 * 1000.0
}

fn is_same(first: &Token, now: &Token) -> bool {
    let who = |token: &Token| {
        (
            token.session.session.id.clone(),
            token.session.user.id.clone(),
        )
    };
    who(first) == who(now)
}

/// Returns whether the sessions are the same. A token without a session id (a `definePayload` may drop it) cannot be
/// compared.
fn same_session(token: &Token, id: &str) -> bool {
    let of_token = &token.session.session.id;
    of_token.is_empty() || of_token == id
}

/// The state of the `convex_jwt` cookie.
enum FromCookie {
    Absent,
    Good(Token),
    /// Valid, but about to expire.
    Ending(Token),
    Rejected(Rejected),
    CannotSay,
}

impl Inner {
    fn written(&self) -> MutexGuard<'_, Option<String>> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn look_up(&self) -> Resolution {
        let from_cookie = self.judge_cookie().await;
        if let FromCookie::Good(token) = from_cookie {
            return Resolution::Token(token);
        }
        if !self.cookies.has_session() {
            return self.without_session(&from_cookie);
        }
        match (self.ask_upstream().await, from_cookie) {
            (Resolution::Unknown, FromCookie::Ending(token)) => Resolution::Token(token),
            (Resolution::Unknown, FromCookie::Rejected(Rejected::Invalid | Rejected::Issuer)) => {
                self.send_cookies(self.cookies.clear_jwt());
                Resolution::Unknown
            }
            (resolution, _) => resolution,
        }
    }

    async fn judge_cookie(&self) -> FromCookie {
        let rules = &self.auth.settings().jwt_cache;
        let Some(text) = self.cookies.jwt().filter(|_| rules.enabled) else {
            return FromCookie::Absent;
        };
        match self.auth.keys().verify(text).await {
            Verdict::Valid(token) if self.lasts(&token, rules) => FromCookie::Good(token),
            Verdict::Valid(token) => FromCookie::Ending(token),
            Verdict::Rejected(why) => FromCookie::Rejected(why),
            Verdict::CannotSay => FromCookie::CannotSay,
        }
    }

    /// Returns whether the token can be used. One that nobody can renew is used to its end.
    fn lasts(&self, token: &Token, rules: &JwtCache) -> bool {
        !self.cookies.has_session() || token.remaining(rules.tolerance) >= rules.min_remaining
    }

    /// Handles a token cookie that came without a session and does not verify.
    fn without_session(&self, from_cookie: &FromCookie) -> Resolution {
        if matches!(from_cookie, FromCookie::CannotSay) {
            return Resolution::Unknown;
        }
        self.send_cookies(self.cookies.clear_all());
        Resolution::NoSession
    }

    async fn ask_upstream(&self) -> Resolution {
        if !self.cookies.has_session() {
            return Resolution::NoSession;
        }
        let asked = upstream::fetch_token(&self.auth, &self.cookies, &self.visitor).await;
        self.send_cookies(asked.set_cookies);
        match asked.answer {
            TokenAnswer::Token(token) => Resolution::Token(token),
            TokenAnswer::NoSession => {
                self.send_cookies(self.cookies.clear_all());
                Resolution::NoSession
            }
            TokenAnswer::Unknown => Resolution::Unknown,
        }
    }

    /// Asks whether the session exists; `None` if that could not be determined.
    async fn ask_standing(&self) -> Option<Standing> {
        let Some(cookie) = self.cookies.session() else {
            return Some(Standing::Gone);
        };
        let (key, kept) = (SessionKey::of(cookie), self.auth.standings());
        if let Some(standing) = kept.get(key) {
            return Some(standing);
        }
        let asked = upstream::fetch_session(&self.auth, &self.cookies, &self.visitor).await;
        self.send_cookies(asked.set_cookies);
        let standing = match asked.answer {
            SessionAnswer::Stands(id) => Standing::Stands(id),
            SessionAnswer::Gone => Standing::Gone,
            SessionAnswer::Unknown => return None,
        };
        kept.keep(key, standing.clone());
        Some(standing)
    }

    /// Adds `Set-Cookie` headers. For each cookie, the first one counts.
    fn send_cookies(&self, headers: Vec<HeaderValue>) {
        let mut queue = self
            .set_cookies
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for header in headers {
            let name = set_cookie_name(&header);
            if !queue.iter().any(|queued| set_cookie_name(queued) == name) {
                queue.push(header);
            }
        }
    }
}
