//! A service on this machine that answers the questions of a job.

use std::{
    io::{BufRead, BufReader, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::{Value, json};

/// A service with the API of Ollama's chat completions. It answers until the test ends.
pub(crate) struct ChatService {
    address: SocketAddr,
    state: Arc<State>,
}

/// What the service answers.
pub(crate) enum Answer {
    Text(&'static str),
    /// The model refuses to answer.
    Refusal(&'static str),
    /// An error with this status. The program may try again immediately.
    Error(u16),
}

/// Answers a question. The number counts the questions, from 1.
pub(crate) type Answering = fn(question: &str, number: usize) -> Answer;

struct State {
    answer: Answering,
    requests: AtomicUsize,
    /// How many requests may be answered. `None` for all.
    permits: Mutex<Option<usize>>,
    permitted: Condvar,
}

impl ChatService {
    /// Starts a service that answers each question with `answer`.
    pub(crate) fn start(answer: Answering) -> Self {
        Self::with_permits(answer, None)
    }

    /// Starts a service that answers this number of questions, and then lets all others wait.
    pub(crate) fn answering(answer: Answering, most: usize) -> Self {
        Self::with_permits(answer, Some(most))
    }

    fn with_permits(answer: Answering, permits: Option<usize>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("there is a free port");
        let address = listener.local_addr().expect("the port is known");
        let (requests, permits) = (AtomicUsize::new(0), Mutex::new(permits));
        let state = Arc::new(State { answer, requests, permits, permitted: Condvar::new() });
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = Arc::clone(&shared);
                thread::spawn(move || state.serve(&stream));
            }
        });
        Self { address, state }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the number of questions so far.
    pub(crate) fn requests(&self) -> usize {
        self.state.requests.load(Ordering::SeqCst)
    }

    /// Waits until this number of questions has arrived.
    pub(crate) fn wait_for_requests(&self, number: usize) {
        while self.requests() < number {
            thread::yield_now();
        }
    }

    /// Answers all questions from now on.
    pub(crate) fn answer_all(&self) {
        *self.state.permits.lock().unwrap() = None;
        self.state.permitted.notify_all();
    }
}

impl State {
    /// Answers the requests of a connection until the program closes it.
    fn serve(&self, mut stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(body) = read_body(&mut reader) {
            let number = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
            let mut permits = self.permits.lock().unwrap();
            while *permits == Some(0) {
                permits = self.permitted.wait(permits).unwrap();
            }
            if let Some(permits) = &mut *permits {
                *permits -= 1;
            }
            drop(permits);
            let messages = body["messages"].as_array().expect("the body has messages");
            let question = messages.last().and_then(|last| last["content"].as_str());
            let question = question.expect("the message is a text");
            let (status, json) = match (self.answer)(question, number) {
                Answer::Text(answer) => (200, completion(answer)),
                Answer::Refusal(text) => (200, refusal(text)),
                Answer::Error(status) => (status, json!({ "error": { "message": "no answer" } })),
            };
            let json = json.to_string();
            let response = format!(
                "HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\n\
                 Retry-After-Ms: 1\r\nContent-Length: {}\r\n\r\n{json}",
                json.len()
            );
            if stream.write_all(response.as_bytes()).is_err() {
                // The program was killed.
                return;
            }
        }
    }
}

fn completion(answer: &str) -> Value {
    json!({
        "id": "1", "object": "chat.completion", "created": 0, "model": "llama3.2",
        "choices": [{
            "index": 0, "finish_reason": "stop",
            "message": { "role": "assistant", "content": answer },
        }],
        "usage": { "prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10 },
    })
}

fn refusal(text: &str) -> Value {
    let mut completion = completion("");
    completion["choices"][0]["message"] =
        json!({ "role": "assistant", "content": null, "refusal": text });
    completion
}

/// Reads a request, and returns its body. Returns `None` if the connection was closed.
fn read_body(reader: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}
