use std::rc::Rc;

use runnable_core::prelude::*;

#[derive(Clone)]
struct Slow;

impl Runnable for Slow {
    type Input = String;
    type Output = String;

    async fn run(&self, text: String, _: RunContext) -> Result<String> {
        let shared = Rc::new(text);
        std::future::ready(()).await;
        Ok(shared.to_string())
    }
}

fn main() {}
