use runnable::prelude::*;

fn main() {
    let length = lambda(|text: String| text.len() as u64);
    let shout = lambda(|text: String| text.to_uppercase());
    let _ = length.pipe(shout);
}
