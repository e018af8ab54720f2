//! Checks a prompt with the first item, before any call is paid.

use runnable::prelude::*;

use super::{chain::prompt_of, inputs};
use crate::{
    arguments::JobTask,
    exit::{Failure, Result},
};

/// Fails if the first item does not fill the prompt, because no other item would, either.
pub(super) async fn check(task: &JobTask) -> Result<()> {
    let Some(row) = inputs::first(inputs::inputs(task)?).await? else {
        return Ok(());
    };
    match prompt_of(task).invoke(row).await {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(format!(
            "the first item of `{}` does not fit the prompt: {}",
            task.input.display(),
            error.message()
        ))),
    }
}
