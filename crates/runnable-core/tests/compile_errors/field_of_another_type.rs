use runnable_core::prelude::*;

#[derive(Clone, Debug, serde::Serialize, Chunked)]
struct Answer {
    title: String,
    text: String,
}

fn main() {
    let length = lambda(|answer: Answer| answer.text.len());
    let _ = assign!(Answer { title: length });
}
