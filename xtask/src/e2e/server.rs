//! A running server, which ends when this program ends.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::folder::installed;
use crate::failure::Failure;

/// A running server, which ends when this program ends.
///
/// The standard input of the server is a pipe, whose other end this program holds. If this program
/// ends in any way, even by Ctrl-C or a kill, the pipe is closed, and the server ends. Dropping the
/// `Server` ends the server immediately.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
    /// The URLs at which the server listens.
    pub(super) urls: Vec<String>,
}

/// The maximum time until a server listens. Loading a model takes seconds on a busy machine.
const LIMIT: Duration = Duration::from_secs(120);

impl Server {
    /// Starts a program that prints `listening URL` when it is ready.
    pub(super) fn start(name: &str, command: &mut Command) -> Result<Self, Failure> {
        let failure = |why: String| Failure::Check(format!("{name} {why}"));
        let log = installed(&format!("{name}.log"));
        let errors = std::fs::File::create(&log)
            .map_err(|error| failure(format!("cannot write {}: {error}", log.display())))?;
        let mut process = command
            .current_dir(installed(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(|error| failure(format!("cannot be started: {error}")))?;
        let stdout = process.stdout.take();
        let mut server = Self { process, urls: Vec::new() };
        let (sender, lines) = mpsc::channel();
        // Read until the end, so that the server does not block on a full pipe.
        thread::spawn(move || {
            for line in stdout.into_iter().flat_map(|it| BufReader::new(it).lines()) {
                let Ok(line) = line else { break };
                let _ = sender.send(line);
            }
        });
        loop {
            let line = lines.recv_timeout(LIMIT).map_err(|_| {
                failure(format!("did not start listening; see its log: {}", log.display()))
            })?;
            if let Some(urls) = line.strip_prefix("listening ") {
                server.urls = urls.split_whitespace().map(String::from).collect();
                return Ok(server);
            }
        }
    }

    /// Returns one of the URLs at which the server listens.
    pub(super) fn url(&self, index: usize) -> &str {
        self.urls.get(index).map_or("", String::as_str)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(name: &str, script: &str) -> Result<Server, Failure> {
        std::fs::create_dir_all(installed("")).expect("a folder");
        Server::start(name, Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn the_urls_are_read_from_the_output() {
        let server = start("test-speaks", "echo loading; echo listening a b; cat").expect("starts");
        assert_eq!((server.url(0), server.url(1)), ("a", "b"));
    }

    #[test]
    fn the_error_of_a_server_that_ends_names_its_log() {
        let failure = start("test-ends", "echo nothing").expect_err("it ends");
        assert!(failure.to_string().contains("test-ends.log"), "{failure}");
    }
}
