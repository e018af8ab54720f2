use runnable_core::prelude::*;

#[tokio::main]
async fn main() -> Result<()> {
    let length = lambda(|text: String| text.len() as u64);
    let chain = length.pipe(|n: u64| n + 1);
    let _ = chain.invoke("a").await?;
    Ok(())
}
