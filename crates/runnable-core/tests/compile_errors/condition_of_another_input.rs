use runnable_core::prelude::*;

fn main() {
    let is_long = lambda(|text: String| text.len() > 3);
    let double = lambda(|n: u64| n * 2);
    let _ = branch(is_long, double.clone()).otherwise(double);
}
