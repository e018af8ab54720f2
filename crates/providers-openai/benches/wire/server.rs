//! The server, which is a separate process.

use std::{
    collections::HashMap,
    env,
    io::{self, BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    process::{self, Child, ChildStdin, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use crate::sample;

/// The argument that makes this program the server.
pub(crate) const SERVE: &str = "--serve";

/// A handle to the server. Dropping it ends the server.
pub(crate) struct Server {
    process: Child,
    /// The standard input of the server. It is closed when this process ends in any way, and the
    /// server then ends too.
    _life: Option<ChildStdin>,
    address: SocketAddr,
}

/// A base URL of the server.
pub(crate) struct Address(pub(crate) String);

impl Server {
    /// Starts this program again as the server.
    pub(crate) fn start() -> io::Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .arg(SERVE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let life = process.stdin.take();
        let mut line = String::new();
        if let Some(output) = process.stdout.take() {
            BufReader::new(output).read_line(&mut line)?;
        }
        let address = line.trim().parse().map_err(io::Error::other)?;
        Ok(Self { process, _life: life, address })
    }

    /// Returns the URL of streamed responses with `tokens` tokens. The server writes `per_write`
    /// events at a time.
    pub(crate) fn streaming(&self, tokens: usize, per_write: usize) -> Address {
        Address(format!("http://{}/{tokens}/{per_write}/v1", self.address))
    }

    /// Returns the URL of complete responses, which the server sends after `millis` milliseconds.
    pub(crate) fn answering(&self, millis: usize) -> Address {
        self.streaming(millis, 0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self._life = None;
        let _ = self.process.wait();
    }
}

/// For each number of tokens and of events per write, the data of each write. It is created once.
type Streams = Arc<Mutex<HashMap<(usize, usize), Arc<Vec<Vec<u8>>>>>>;

/// Runs the server until its standard input is closed.
pub(crate) fn serve() -> io::Result<()> {
    thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(0);
    });
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    println!("{}", listener.local_addr()?);
    let streams = Streams::default();
    loop {
        let (connection, _) = listener.accept()?;
        let streams = Arc::clone(&streams);
        // Ignore the error of a client that has disconnected.
        thread::spawn(move || answer(connection, &streams));
    }
}

/// Handles the requests of a connection.
fn answer(mut connection: TcpStream, streams: &Streams) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut requests = BufReader::new(connection.try_clone()?);
    let whole = whole();
    while let Some(request) = Request::read(&mut requests)? {
        if !request.streaming {
            thread::sleep(Duration::from_millis(request.tokens as u64));
            connection.write_all(&whole)?;
            continue;
        }
        let stream = {
            let mut streams = streams.lock().unwrap_or_else(PoisonError::into_inner);
            let key = (request.tokens, request.per_write);
            let stream = streams.entry(key).or_insert_with(|| Arc::new(stream(key.0, key.1)));
            Arc::clone(stream)
        };
        for piece in stream.iter() {
            connection.write_all(piece)?;
        }
    }
    Ok(())
}

fn whole() -> Vec<u8> {
    let (headers, body) = (sample::HEADERS, sample::WHOLE);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    (head + body).into_bytes()
}

/// Returns a streamed response, split into the data of each write.
fn stream(tokens: usize, per_write: usize) -> Vec<Vec<u8>> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n\
         transfer-encoding: chunked\r\n{}\r\n",
        sample::HEADERS
    );
    let events = sample::events(tokens);
    let pieces = events.chunks(per_write).map(|events| {
        let events = events.concat();
        format!("{:x}\r\n{events}\r\n", events.len()).into_bytes()
    });
    [head.into_bytes()].into_iter().chain(pieces).chain([b"0\r\n\r\n".to_vec()]).collect()
}

/// A request to the server.
struct Request {
    /// The delay in milliseconds, if no stream is requested.
    tokens: usize,
    per_write: usize,
    streaming: bool,
}

impl Request {
    /// Reads the next request, or returns `None` if the client has disconnected.
    fn read(connection: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut first = String::new();
        if connection.read_line(&mut first)? == 0 {
            return Ok(None);
        }
        let mut length = 0;
        loop {
            let mut line = String::new();
            connection.read_line(&mut line)?;
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().map_err(io::Error::other)?;
                }
                Some(_) => {}
                None => break,
            }
        }
        let mut body = vec![0; length];
        connection.read_exact(&mut body)?;
        let streaming = String::from_utf8_lossy(&body).contains(r#""stream":true"#);
        let mut path = first.split('/').skip(1).map(|part| part.parse().unwrap_or(1));
        let (tokens, per_write) = (path.next().unwrap_or(1), path.next().unwrap_or(1));
        Ok(Some(Self { tokens, per_write, streaming }))
    }
}
