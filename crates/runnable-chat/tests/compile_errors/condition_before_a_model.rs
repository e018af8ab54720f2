use runnable_chat::prelude::*;

fn choose(small: ChatModel, large: ChatModel) {
    let is_short = lambda(|question: String| question.len() < 100);
    let _ = branch(is_short, small).otherwise(large);
}

fn main() {}
