use runnable_core::prelude::*;

struct Assistant {
    chain: Box<dyn Runnable<Input = String, Output = String>>,
}

fn main() {}

// The compiler has no room for a note of ours here. The guide "Composing" and the documentation of
// `Runnable` quote the message, and answer it with `into_dyn`.
