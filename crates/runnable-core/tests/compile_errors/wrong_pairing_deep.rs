use runnable_core::prelude::*;

fn main() {
    let trim = || lambda(|text: String| text.trim().to_owned());
    let length = || lambda(|text: String| text.len() as u64);
    let double = || lambda(|n: u64| n * 2);
    // One error, at the second `length`, and none at what follows.
    let _ = trim().pipe(trim()).pipe(trim()).pipe(length()).pipe(length()).pipe(double()).pipe(double());
}
