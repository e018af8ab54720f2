use runnable::prelude::*;

fn main() {
    let _ = lambda(|text: String| std::sync::Mutex::new(text));
}
