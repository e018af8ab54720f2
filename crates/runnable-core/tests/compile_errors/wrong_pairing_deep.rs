use runnable_core::prelude::*;

fn main() {
    let trim = || lambda(|text: String| text.trim().to_owned());
    let double = lambda(|n: u64| n * 2);
    let _ = trim().pipe(trim()).pipe(trim()).pipe(trim()).pipe(trim()).pipe(double).pipe(trim());
}
