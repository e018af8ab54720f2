use runnable_core::prelude::*;

fn main() {
    let _ = lambda(|text: String| async move { text.len() });
}
