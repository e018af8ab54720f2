use runnable_core::prelude::*;

fn chain(loud: bool) -> impl Runnable<Input = String, Output = String> {
    let trim = lambda(|text: String| text.trim().to_owned());
    let shout = lambda(|text: String| text.to_uppercase());
    if loud { trim.pipe(shout) } else { trim }
}

fn main() {
    let _ = chain(true);
}

// A crate cannot add a note to this error. The guide "Composing" and the documentation of
// `Runnable` quote the message, and recommend `into_dyn`.
