//! A server that was started, and ends with us.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::folder::installed;
use crate::failure::Failure;

/// A server that was started, and ends with us.
///
/// Its standard input is a pipe that we hold. Whatever ends us, also a Ctrl-C or a kill that leaves
/// us no time, closes the pipe, and then the server ends itself. Dropping it ends it at once.
#[derive(Debug)]
pub(super) struct Server {
    process: Child,
    /// The addresses at which it listens.
    pub(super) urls: Vec<String>,
}

/// How long a server may take to listen: on a busy machine, a model is loaded in seconds.
const LIMIT: Duration = Duration::from_secs(120);

impl Server {
    /// Starts a program that prints `listening URL` once it does.
    pub(super) fn start(name: &str, command: &mut Command) -> Result<Self, Failure> {
        let wrong = |why: String| Failure::Check(format!("{name} {why}"));
        let log = installed(&format!("{name}.log"));
        let errors = std::fs::File::create(&log)
            .map_err(|error| wrong(format!("cannot write {}: {error}", log.display())))?;
        let mut process = command
            .current_dir(installed(""))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(|error| wrong(format!("cannot be started: {error}")))?;
        let stdout = process.stdout.take();
        let mut server = Self { process, urls: Vec::new() };
        let (sender, lines) = mpsc::channel();
        // Reads on to the end, so that the server never waits for a reader.
        thread::spawn(move || {
            for line in stdout.into_iter().flat_map(|it| BufReader::new(it).lines()) {
                let Ok(line) = line else { break };
                let _ = sender.send(line);
            }
        });
        loop {
            let line = lines.recv_timeout(LIMIT).map_err(|_| {
                wrong(format!("does not listen: its words are in {}", log.display()))
            })?;
            if let Some(urls) = line.strip_prefix("listening ") {
                server.urls = urls.split_whitespace().map(String::from).collect();
                return Ok(server);
            }
        }
    }

    /// The address at which it listens, of those that it has.
    pub(super) fn url(&self, index: usize) -> &str {
        self.urls.get(index).map_or("", String::as_str)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
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
    fn a_server_says_where_it_listens() {
        let server = start("test-speaks", "echo loading; echo listening a b; cat").expect("starts");
        assert_eq!((server.url(0), server.url(1)), ("a", "b"));
    }

    #[test]
    fn one_that_ends_is_told_of_with_its_words() {
        let failure = start("test-ends", "echo nothing").expect_err("it ends");
        assert!(failure.to_string().contains("test-ends.log"), "{failure}");
    }
}
