use runnable_chat::prelude::*;

async fn ask(model: ChatModel) -> Result<()> {
    let chain = prompt("Tell a joke.").pipe(text()).with_name("wrong");
    chain.invoke(dict! {}).await?;
    let _ = chain.batch([dict! {}]).await;
    Ok(())
}

fn main() {}
