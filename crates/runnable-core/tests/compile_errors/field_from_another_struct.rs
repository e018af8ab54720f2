use runnable_core::prelude::*;

#[derive(Clone, Debug, serde::Serialize, Chunked)]
struct Answer {
    title: String,
}

fn main() {
    let shout = lambda(|text: String| text.to_uppercase());
    let _ = assign!(Answer { title: shout });
}
