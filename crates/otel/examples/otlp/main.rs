//! Sends the spans and metrics of a few chains to a service that receives OTLP, such as Phoenix.
//!
//! ```sh
//! pip install arize-phoenix && phoenix serve
//! OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:6006 cargo run -p runnable-otel --example otlp
//! ```
//!
//! The endpoint is `http://localhost:4318` by default, as for every program that uses
//! OpenTelemetry. No keys are needed: the models answer from a script.

mod journey;

use opentelemetry_otlp::{MetricExporter, SpanExporter};
use opentelemetry_sdk::{Resource, metrics::SdkMeterProvider, trace::SdkTracerProvider};
use runnable_core::prelude::*;
use runnable_otel::OtelListener;

#[tokio::main]
async fn main() -> Result<()> {
    // The HTTP clients of remote models turn off the default cryptography of `reqwest`, which the
    // exporter uses, too. A program that uses both must install a crypto provider.
    rustls::crypto::ring::default_provider().install_default().ok();

    let resource = Resource::builder().with_service_name("runnable-otel-example").build();
    let exporter = SpanExporter::builder().with_http().build().map_err(Error::other)?;
    let spans = SdkTracerProvider::builder()
        .with_resource(resource.clone())
        .with_batch_exporter(exporter)
        .build();
    let exporter = MetricExporter::builder().with_http().build().map_err(Error::other)?;
    let metrics = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_periodic_exporter(exporter)
        .build();

    let otel = OtelListener::builder(&spans).meter_provider(&metrics).content(true).build();
    journey::run(RunConfig::new().listener(otel)).await;

    // Sends what has not been sent yet. Phoenix does not accept metrics, so continue after an
    // error.
    spans.shutdown().map_err(Error::other)?;
    if let Err(error) = metrics.shutdown() {
        eprintln!("the service did not accept the metrics: {error}");
    }
    Ok(())
}
