use runnable_core::prelude::*;

struct Assistant {
    chain: Box<dyn Runnable<Input = String, Output = String>>,
}

fn main() {}

// A crate cannot add a note to this error. The guide "Composing" and the documentation of
// `Runnable` quote the message, and recommend `into_dyn`.
