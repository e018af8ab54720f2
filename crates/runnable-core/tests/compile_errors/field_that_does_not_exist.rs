use runnable_core::prelude::*;

#[derive(Clone, Debug, serde::Serialize, Chunked)]
struct Answer {
    title: String,
    text: String,
}

fn main() {
    let _ = pick!(Answer.titel);
    let _ = assign!(Answer { texts: pick!(Answer.text) });
}
