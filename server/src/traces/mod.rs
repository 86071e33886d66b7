//! Traces by OTLP over HTTP. Each request is a span that contains a span for each request to the deployment, with the
//! function and the id in the deployment's own logs.
//!
//! The settings are those of OpenTelemetry. Without `OTEL_EXPORTER_OTLP_ENDPOINT` or
//! `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` there are no traces. `OTEL_SERVICE_NAME`, `OTEL_TRACES_SAMPLER`,
//! `OTEL_EXPORTER_OTLP_HEADERS` and others have their usual meaning. A trace begins at this server: a `traceparent`
//! from outside is ignored.

mod client;
mod config;

use std::sync::OnceLock;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing::Subscriber;
use tracing_subscriber::{Layer, filter::LevelFilter, registry::LookupSpan};

use self::client::Client;

/// The name of the service, unless `OTEL_SERVICE_NAME` is set.
const SERVICE: &str = env!("CARGO_PKG_NAME");

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Returns the layer that passes spans to the exporter, if there is a collector. It must be called in the runtime that
/// will send them.
pub(crate) fn layer<S>() -> Option<impl Layer<S>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let endpoint = config::endpoint()?;
    let exporter = Client::new(&endpoint).map(|client| {
        SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .build()
    });
    let exporter = match exporter {
        Ok(Ok(exporter)) => exporter,
        Ok(Err(error)) => return refuse(&error),
        Err(error) => return refuse(&error),
    };
    let mut resource = Resource::builder();
    if !config::names_service() {
        resource = resource.with_service_name(SERVICE);
    }
    let provider = SdkTracerProvider::builder()
        .with_resource(resource.build())
        .with_batch_exporter(exporter)
        .build();
    let provider = PROVIDER.get_or_init(|| provider);
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer(SERVICE));
    Some(layer.with_filter(LevelFilter::INFO))
}

/// Sends the remaining spans, at the end of the process, while the runtime still runs.
pub async fn flush() {
    let Some(provider) = PROVIDER.get() else {
        return;
    };
    // It blocks on its own thread.
    let sent = tokio::task::spawn_blocking(|| provider.shutdown()).await;
    if !matches!(sent, Ok(Ok(()))) {
        tracing::warn!("the last traces were not sent");
    }
}

/// Prints why there are no traces, since the log is not installed yet.
fn refuse<T>(error: &dyn std::error::Error) -> Option<T> {
    eprintln!("no traces: {error}");
    None
}
