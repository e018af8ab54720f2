//! Runs the servers, the tests, and the comparison of requests.

use std::fs;
use std::io::Write;
use std::process::Command;
use std::time::Instant;

use super::folder::{brought, installed, python};
use super::installation::install;
use super::server::Server;
use crate::checkout;
use crate::failure::Failure;

/// Installs and starts the servers, runs the tests with them, and compares the sent requests with
/// the specifications.
pub(crate) fn run(out: &mut dyn Write) -> Result<(), Failure> {
    install(out)?;
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
    let _ = fs::remove_dir_all(&requests);
    fs::create_dir_all(&requests)
        .map_err(|error| Failure::Check(format!("cannot make {}: {error}", requests.display())))?;
    let mut tests = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    tests
        .args([
            "test",
            "--locked",
            "--quiet",
            "--package",
            "provider-fixture-tests",
            "--test",
            "e2e",
        ])
        .args(["--", "--include-ignored"])
        .env("E2E_LLAMA", llama.url(0))
        .env("E2E_VECTORS", vectors.url(0))
        .env("E2E_AIMOCK", aimock.url(0))
        .env("E2E_TLS", tls.url(0))
        .env("E2E_TLS_UNTRUSTED", tls.url(1))
        .env("E2E_REQUESTS", &requests)
        // The only certificate authority that the tests trust.
        .env("SSL_CERT_FILE", &authority)
        .current_dir(checkout::root());
    succeed("the tests", &mut tests)?;

    let mut schemas = Command::new(python());
    schemas.arg(brought("schemas.py")).arg(&requests);
    succeed("the comparison of request bodies with the services' specifications", &mut schemas)
}

fn succeed(what: &str, command: &mut Command) -> Result<(), Failure> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::Check(format!("{what} failed with {status}"))),
        Err(error) => Err(Failure::Check(format!("cannot run {what}: {error}"))),
    }
}
