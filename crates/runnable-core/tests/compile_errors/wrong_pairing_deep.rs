use runnable_core::prelude::*;

fn main() {
    let trim = || lambda(|text: String| text.trim().to_owned());
    let length = || lambda(|text: String| text.len() as u64);
    let double = || lambda(|n: u64| n * 2);
    // There is one error, at the second `length`, and none after it.
    let _ = trim()
        .pipe(trim())
        .pipe(trim())
        .pipe(length())
        .pipe(length())
        .pipe(double())
        .pipe(double());
}
