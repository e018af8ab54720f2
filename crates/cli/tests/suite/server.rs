//! Runs `runnable follow --page`, and sends requests to its server.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, TcpStream},
    process::{Child, Command, Stdio},
};

/// A running `runnable follow --page`. It is killed when this value is dropped.
pub(crate) struct Followed {
    program: Child,
    pub(crate) port: u16,
}

/// The response to a request.
pub(crate) struct Response {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Followed {
    /// Starts the program, and reads the address of the page.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut program = Command::new(env!("CARGO_BIN_EXE_runnable"))
            .args(["follow", "--page"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut address = String::new();
        let out = program.stdout.as_mut().expect("standard output is a pipe");
        BufReader::new(out).read_line(&mut address).expect("the program prints an address");
        let port = address.strip_prefix("http://127.0.0.1:").and_then(|rest| {
            let port = rest.strip_suffix("/\n")?;
            port.parse().ok()
        });
        Self { program, port: port.unwrap_or_else(|| panic!("not an address: {address}")) }
    }

    /// Sends a request as a browser does.
    pub(crate) fn get(&self, path: &str) -> Response {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n", self.port))
    }

    /// Sends the head of a request, without a body.
    pub(crate) fn send(&self, head: &str) -> Response {
        let mut stream =
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).expect("the server accepts");
        // The server can answer, and close the connection, before it has read everything.
        let _ = stream.write_all(format!("{head}\r\n").as_bytes());
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes);
        let text = String::from_utf8(bytes).expect("the response is UTF-8");
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Response { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Sends the signal of Ctrl-C.
    #[cfg(unix)]
    pub(crate) fn interrupt(&self) {
        crate::program::interrupt(&self.program);
    }

    /// Waits until the program has ended.
    #[cfg(unix)]
    pub(crate) fn exit_code(&mut self) -> i32 {
        let status = self.program.wait().expect("the program ends");
        status.code().expect("the program is not killed")
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        // The program may have ended already.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl Response {
    /// Returns the value of a header whose name is in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.into_iter().find(|(found, _)| *found == name).map(|(_, value)| value)
    }
}
