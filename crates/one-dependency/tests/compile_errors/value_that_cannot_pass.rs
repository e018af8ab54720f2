use runnable::prelude::*;

#[derive(Clone, Debug, serde::Serialize)]
struct Answer;

fn main() {
    let _ = lambda(|_: String| Answer);
}
