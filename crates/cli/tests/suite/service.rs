//! A service on this machine that answers one request.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    thread,
};

/// A service that answers one request.
pub(crate) struct Service(SocketAddr);

impl Service {
    /// Starts a service that calls `before` when it has received the request, and then sends a
    /// response with this status and this JSON.
    pub(crate) fn start(
        status: u16,
        json: &'static str,
        before: impl FnOnce() + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
        let address = listener.local_addr().expect("the port is known");
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("the program connects");
            read_request(&stream);
            before();
            let response = format!(
                "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{json}",
                json.len()
            );
            stream.write_all(response.as_bytes()).expect("the program reads the response");
        });
        Self(address)
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.0)
    }
}

/// Reads the head and the body of a request.
fn read_request(stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut body_length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("the head is text");
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(length) = line.strip_prefix("content-length: ") {
            body_length = length.parse().expect("the length is a number");
        }
    }
    reader.read_exact(&mut vec![0; body_length]).expect("the request has a body");
}
