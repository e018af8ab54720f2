use runnable_chat::prelude::*;

#[derive(Clone, Debug, serde::Serialize, Chunked)]
struct Person {
    name: String,
}

fn main() {
    let _ = json::<Person>();
}
