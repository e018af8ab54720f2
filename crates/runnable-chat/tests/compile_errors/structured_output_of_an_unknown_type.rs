use runnable_chat::prelude::*;

async fn ask(model: ChatModel) -> Result<()> {
    let answer = model.with_structured_output().invoke("Who was Ada?").await?;
    println!("{answer:?}");
    Ok(())
}

fn main() {}
