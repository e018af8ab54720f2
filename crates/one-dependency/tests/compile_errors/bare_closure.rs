use runnable::prelude::*;

fn main() {
    let length = lambda(|text: String| text.len() as u64);
    let _ = length.pipe(|n: u64| n + 1);
}
