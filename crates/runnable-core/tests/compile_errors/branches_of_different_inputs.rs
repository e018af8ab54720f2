use runnable_core::prelude::*;

fn main() {
    let length = lambda(|text: String| text.len() as u64);
    let double = lambda(|n: u64| n * 2);
    let _ = parallel((length, double));
}
