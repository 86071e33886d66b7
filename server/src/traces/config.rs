//! The settings of OpenTelemetry that turn traces on. Its own library reads the others.

use std::env;

const ENDPOINTS: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];

/// Returns the address of the collector, if there is one.
pub(super) fn endpoint() -> Option<String> {
    let mut set = ENDPOINTS.iter().filter_map(|name| env::var(name).ok());
    set.find(|url| !url.is_empty())
}

/// Returns whether the environment names the service.
pub(super) fn names_service() -> bool {
    env::var_os("OTEL_SERVICE_NAME").is_some()
}
