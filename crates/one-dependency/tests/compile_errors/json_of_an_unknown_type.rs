use runnable::prelude::*;

async fn ask(model: ChatModel) -> Result<()> {
    let answer = model.pipe(json()).invoke("Who was Ada?").await?;
    println!("{answer:?}");
    Ok(())
}

fn main() {}
