//! Metrics of the live sessions that answer signed-in visitors' pages.

use std::fmt;

use leptos_better_auth::server::ConvexBetterAuth;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{counter::ConstCounter, gauge::ConstGauge},
};

/// The collector, which reads the numbers on request. Without live sessions it reports nothing.
#[derive(Debug)]
pub(super) struct LiveSessions(pub(super) ConvexBetterAuth);

impl Collector for LiveSessions {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Some(counts) = self.0.live_sessions() else {
            return Ok(());
        };
        let mut tell = |name, help, metric: &dyn Told| metric.tell(&mut encoder, name, help);
        let gauge = |count: usize| ConstGauge::new(i64::try_from(count).unwrap_or(i64::MAX));
        tell(
            "live_sessions",
            "Signed-in visitors whose pages are answered from memory",
            &gauge(counts.sessions),
        )?;
        tell(
            "live_sessions_bytes",
            "Text of their queries and results",
            &gauge(counts.bytes),
        )?;
        tell(
            "live_sessions_opened",
            "Sessions opened",
            &ConstCounter::new(counts.opened),
        )?;
        tell(
            "live_sessions_hits",
            "Pages answered for a moment that a session held",
            &ConstCounter::new(counts.moments),
        )?;
        tell(
            "live_sessions_misses",
            "Pages that asked the backend for one",
            &ConstCounter::new(counts.misses),
        )?;
        tell(
            "live_sessions_writes",
            "Mutations sent over a session's socket",
            &ConstCounter::new(counts.writes),
        )
    }
}

/// A metric of any kind.
trait Told {
    fn tell(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
    ) -> Result<(), fmt::Error>;
}

impl<M: EncodeMetric> Told for M {
    fn tell(
        &self,
        encoder: &mut DescriptorEncoder<'_>,
        name: &str,
        help: &str,
    ) -> Result<(), fmt::Error> {
        let encoder = encoder.encode_descriptor(name, help, None, self.metric_type())?;
        self.encode(encoder)
    }
}

#[cfg(test)]
mod tests {
    use leptos_better_auth::server::AuthConfig;
    use leptos_convex::server::LiveSessionOptions;

    use super::*;
    use crate::metrics::Metrics;

    fn text(sessions: Option<LiveSessionOptions>) -> String {
        let url = "http://127.0.0.1:3210";
        let mut config = AuthConfig::default()
            .with_convex_url(url)
            .with_convex_site_url(url)
            .with_site_url("http://localhost:3000");
        config.live_sessions = sessions;
        let auth = ConvexBetterAuth::new(config).expect("valid");
        Metrics::new(auth).text().expect("a text")
    }

    #[test]
    fn live_sessions_are_reported_if_they_are_on() {
        let text_with = text(Some(LiveSessionOptions::default()));
        for line in [
            "live_sessions 0",
            "live_sessions_bytes 0",
            "live_sessions_opened_total 0",
            "live_sessions_hits_total 0",
            "live_sessions_misses_total 0",
            "live_sessions_writes_total 0",
        ] {
            assert!(text_with.lines().any(|it| it == line), "{text_with}");
        }
        assert!(!text(None).contains("live_sessions"));
    }
}
