use runnable_core::prelude::*;

#[tokio::main]
async fn main() -> Result<()> {
    let length = lambda(|text: String| text.len() as u64);
    let shout = lambda(|text: String| text.to_uppercase());
    // There is one error, at the `pipe`, and none at the calls.
    let chain = length.pipe(shout);
    let _ = chain.invoke("a").await?;
    let _ = chain.batch(["a"]).await;
    let _ = chain.clone().with_name("named").into_dyn().stream("a");
    Ok(())
}
