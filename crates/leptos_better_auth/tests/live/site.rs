//! A server with live sessions, and requests to it.

use std::time::Duration;

use axum::Router;
use axum::response::Response;
use leptos_better_auth::server::ConvexBetterAuth;
use leptos_convex::Query;
use leptos_convex::server::LiveSessionOptions;
use serde_json::json;

use super::app::app;
use super::common::sync::ts;
use super::common::{Claims, SITE, Signer, Upstream, config, request, send, text};

/// A server and its deployment.
pub(crate) struct Site {
    pub(crate) upstream: Upstream,
    pub(crate) auth: ConvexBetterAuth,
    pub(crate) app: Router,
    pub(crate) signer: Signer,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let upstream = Upstream::start().await;
        let signer = Signer::ed25519("k1");
        {
            let mut script = upstream.script();
            script.keys = vec![signer.jwk()];
            script.calls = vec![(
                200,
                json!({ "status": "success", "value": "http", "ts": ts(1) }),
            )];
        }
        upstream.push("user-alice", "live");
        Self::of(upstream, signer)
    }

    pub(crate) fn of(upstream: Upstream, signer: Signer) -> Self {
        let mut config = config(&upstream);
        config.live_sessions = Some(LiveSessionOptions::default());
        config.session_query = Some(Query::new("a:ends", ()));
        config.standing_ttl = Duration::ZERO;
        config.timeouts.request = Duration::from_millis(300);
        let auth = ConvexBetterAuth::new(config).expect("configuration");
        let app = app(&auth);
        Self {
            upstream,
            auth,
            app,
            signer,
        }
    }

    /// Starts another server of the same site.
    pub(crate) fn beside(&self) -> Self {
        Self::of(self.upstream.clone(), self.signer.clone())
    }

    pub(crate) fn token(&self, person: &str) -> String {
        let claims = Claims::good(&self.upstream.url()).with("sub", person);
        self.signer.sign(&claims)
    }

    pub(crate) fn cookies(&self, person: &str) -> String {
        let token = self.token(person);
        format!("better-auth.session_token={person}.sig; better-auth.convex_jwt={token}")
    }

    pub(crate) async fn ask(&self, method: &str, path: &str, cookies: &str) -> Response {
        let headers = [
            ("accept", "text/html"),
            ("cookie", cookies),
            ("origin", SITE),
        ];
        let request = request(method, path, &headers, "{}");
        tokio::time::timeout(Duration::from_secs(120), send(&self.app, request))
            .await
            .expect("is answered")
    }

    pub(crate) async fn load(&self, cookies: &str) -> String {
        text(self.ask("GET", "/page", cookies).await).await
    }

    /// Loads the page until it shows `wanted`.
    pub(crate) async fn shows(&self, cookies: &str, wanted: &str) {
        for _ in 0..2_000 {
            if self.load(cookies).await == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("never shows {wanted}");
    }

    /// Loads the page until it shows `wanted`, and then checks that `is_so` is false. Tries again, because results are
    /// no longer current if this machine pauses for long.
    pub(crate) async fn never(&self, cookies: &str, wanted: &str, is_so: impl AsyncFn() -> bool) {
        for _ in 0..20 {
            self.shows(cookies, wanted).await;
            if !is_so().await {
                return;
            }
        }
        panic!("the condition holds in every try");
    }

    /// Returns how many queries were sent over HTTP.
    pub(crate) fn calls(&self) -> usize {
        self.upstream.seen("/api/query").len()
    }

    pub(crate) fn sessions(&self) -> usize {
        self.auth.live_sessions().expect("has them").sessions
    }
}
