use runnable_core::prelude::*;

fn main() {
    let double = lambda(|n: u64| n * 2);
    let _ = branch(|n: u64| n > 3, double.clone()).otherwise(double);
}
