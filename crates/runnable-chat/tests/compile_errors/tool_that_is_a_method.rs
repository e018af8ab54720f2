use runnable_chat::prelude::*;

struct Clock;

impl Clock {
    /// Tells the time.
    #[tool]
    async fn now(&self) -> Result<String> {
        Ok("noon".into())
    }

    /// Stops the clock.
    #[tool]
    async fn stop(self: std::sync::Arc<Self>, _cx: RunContext) -> Result<()> {
        Ok(())
    }
}

fn main() {}
