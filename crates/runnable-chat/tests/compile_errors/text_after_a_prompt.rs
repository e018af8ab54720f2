use runnable_chat::prelude::*;

async fn ask(model: ChatModel) -> Result<()> {
    let chain = prompt("Tell a joke.").pipe(text()).with_name("wrong");
    chain.invoke(args! {}).await?;
    let _ = chain.batch([args! {}]).await;
    Ok(())
}

fn main() {}
