//! The files and batches of a service.

use serde_json::{Value, json};

/// What the service has done.
#[derive(Default)]
pub(crate) struct BatchState {
    /// The requests in each uploaded file.
    files: Vec<Vec<Request>>,
    batches: Vec<Batch>,
    /// The questions that were sent without a batch.
    pub(crate) live: Vec<String>,
}

/// A request in a file.
struct Request {
    custom_id: String,
    question: String,
}

struct Batch {
    /// The number of its file.
    file: usize,
    /// How often its status was requested.
    polls: usize,
}

/// The status and the body of a response.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Returns whether the results of the service lack the answer to this question.
pub(crate) fn is_lost(question: &str) -> bool {
    question.ends_with('9')
}

pub(crate) fn answer(question: &str) -> String {
    format!("answer to {question}")
}

/// How often the status of a batch is requested until the batch has ended.
const POLLS: usize = 3;

impl BatchState {
    pub(crate) fn files(&self) -> usize {
        self.files.len()
    }

    /// Returns the file of each batch.
    pub(crate) fn inputs(&self) -> impl Iterator<Item = usize> {
        self.batches.iter().map(|batch| batch.file)
    }

    /// Returns the questions in all batches.
    pub(crate) fn requested(&self) -> impl Iterator<Item = &str> {
        let requests = self.inputs().flat_map(|file| &self.files[file]);
        requests.map(|request| &*request.question)
    }

    pub(crate) fn reply(&mut self, method: &str, path: &str, body: &[u8]) -> Reply {
        let path = path.split('?').next().unwrap_or_default();
        let words: Vec<_> = path.split('/').skip(2).collect();
        let json = match (method, &words[..]) {
            ("POST", ["files"]) => self.store(body),
            ("GET", ["files", id, "content"]) => {
                return Reply { status: 200, body: self.results(number(id)) };
            }
            ("POST", ["batches"]) => self.create(&parsed(body)),
            // The newest batch comes first.
            ("GET", ["batches"]) => {
                let all: Vec<_> = (0..self.batches.len()).rev().map(|it| self.object(it)).collect();
                json!({"object": "list", "data": all, "has_more": false})
            }
            ("GET", ["batches", id]) => {
                self.batches[number(id)].polls += 1;
                self.object(number(id))
            }
            ("POST", ["chat", "completions"]) => {
                let question = question(&parsed(body));
                self.live.push(question.clone());
                completion(&question)
            }
            _ => return Reply { status: 404, body: format!("unknown path {method} {path}") },
        };
        Reply { status: 200, body: json.to_string() }
    }

    fn store(&mut self, form: &[u8]) -> Value {
        let form = std::str::from_utf8(form).expect("the form is text");
        let lines = form.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let requests = lines.map(|line| Request {
            custom_id: line["custom_id"].as_str().expect("a custom ID").to_owned(),
            question: question(&line["body"]),
        });
        self.files.push(requests.collect());
        json!({"id": format!("file-{}", self.files.len() - 1), "object": "file"})
    }

    fn create(&mut self, body: &Value) -> Value {
        let file = number(body["input_file_id"].as_str().expect("a file"));
        self.batches.push(Batch { file, polls: 0 });
        self.object(self.batches.len() - 1)
    }

    fn object(&self, number: usize) -> Value {
        let Batch { file, polls } = self.batches[number];
        let has_ended = polls >= POLLS;
        json!({
            "id": format!("batch_{number}"), "object": "batch",
            "input_file_id": format!("file-{file}"),
            "status": if has_ended { "completed" } else { "in_progress" },
            "output_file_id": has_ended.then(|| format!("output-{file}")),
        })
    }

    /// Returns the results for the requests in a file, in another order.
    fn results(&self, file: usize) -> String {
        let answered = self.files[file].iter().rev().filter(|it| !is_lost(&it.question));
        let lines = answered.map(|Request { custom_id, question }| {
            let response = json!({"status_code": 200, "body": completion(question)});
            let line = json!({"custom_id": custom_id, "response": response, "error": null});
            format!("{line}\n")
        });
        lines.collect()
    }
}

/// Returns the number at the end of an ID.
fn number(id: &str) -> usize {
    let number = id.rsplit(['-', '_']).next().and_then(|number| number.parse().ok());
    number.expect("an ID of this service")
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).expect("the body is JSON")
}

fn question(body: &Value) -> String {
    body["messages"][0]["content"].as_str().expect("the message is a text").to_owned()
}

fn completion(question: &str) -> Value {
    json!({
        "id": "1", "object": "chat.completion", "created": 0, "model": "gpt-4o-mini",
        "choices": [{
            "index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": answer(question)},
        }],
        "usage": {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10},
    })
}
