//! Runs the servers, the tests, the comparisons of requests and spans, and the check of the page.

use std::io::Write;
use std::process::Command;
use std::time::Instant;

use super::command::{cargo, empty_folder, succeed};
use super::folder::{brought, installed, python};
use super::installation::install;
use super::page;
use super::server::Server;
use crate::checkout;
use crate::failure::Failure;
use crate::paint::Paint;

/// Installs everything, runs the tests of the providers, sends spans to a collector, and checks the
/// page of a trace.
pub(crate) fn run(out: &mut dyn Write) -> Result<(), Failure> {
    install(out)?;
    providers_reach_servers(out)?;
    spans_reach_a_collector(out)?;
    // The warning is the last line, so that it is not overlooked.
    if let Some(warning) = page::check(out)? {
        writeln!(out, "{}", Paint::Red.on(warning))?;
    }
    Ok(())
}

/// Starts the servers, runs the tests with them, and compares the sent requests with the
/// specifications.
fn providers_reach_servers(out: &mut dyn Write) -> Result<(), Failure> {
    let start = Instant::now();
    let model =
        |name, how| Server::start(name, Command::new(python()).arg(brought("llama.py")).arg(how));
    let llama = model("llama", "chat")?;
    let vectors = model("vectors", "embed")?;
    writeln!(out, "llama.cpp: {}, and {} for vectors", llama.url(0), vectors.url(0))?;
    let answers = brought("answers.json");
    let mut node = Command::new("node");
    let aimock = Server::start("aimock", node.arg(brought("aimock.mjs")).arg(answers))?;
    writeln!(out, "aimock:    {}", aimock.url(0))?;
    let authority = installed("authority.pem");
    let upstream = aimock.url(0).trim_start_matches("http://");
    let mut proxy = Command::new(python());
    proxy.arg(brought("tls.py")).arg(upstream).arg(&authority);
    let tls = Server::start("tls", &mut proxy)?;
    writeln!(out, "TLS:       {}, and {} with an untrusted certificate", tls.url(0), tls.url(1))?;
    writeln!(out, "ready after {:.1} s", start.elapsed().as_secs_f64())?;

    let requests = installed("requests");
    empty_folder(&requests)?;
    let mut tests = cargo();
    tests
        .args(["test", "--locked", "--quiet", "--workspace", "--test", "e2e"])
        .args(["--", "--include-ignored"])
        .env("E2E_LLAMA", llama.url(0))
        .env("E2E_VECTORS", vectors.url(0))
        .env("E2E_AIMOCK", aimock.url(0))
        .env("E2E_TLS", tls.url(0))
        .env("E2E_TLS_UNTRUSTED", tls.url(1))
        .env("E2E_REQUESTS", &requests)
        // The only certificate authority that the tests trust.
        .env("SSL_CERT_FILE", &authority);
    succeed("the tests", &mut tests)?;

    let mut schemas = Command::new(python());
    schemas.arg(brought("schemas.py")).arg(&requests);
    succeed("the comparison of request bodies with the services' specifications", &mut schemas)
}

/// Sends the spans and metrics of an example to a collector, decodes them with the protobufs that
/// OpenTelemetry publishes, and compares their names with the lists of the crate.
fn spans_reach_a_collector(out: &mut dyn Write) -> Result<(), Failure> {
    let received = installed("otlp");
    empty_folder(&received)?;
    let mut collector = Command::new(python());
    let collector =
        Server::start("collector", collector.arg(brought("collector.py")).arg(&received))?;
    writeln!(out, "collector: {}", collector.url(0))?;
    let mut example = cargo();
    example
        .args(["run", "--locked", "--quiet", "--example", "otlp"])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url(0));
    succeed("the example that sends spans", &mut example)?;
    let lists = checkout::root().join("crates/otel/tests/golden");
    let mut spans = Command::new(python());
    spans.arg(brought("spans.py")).arg(&received);
    spans.arg(lists.join("names.txt")).arg(lists.join("metrics.txt"));
    succeed("the comparison of spans with the lists of names", &mut spans)
}
