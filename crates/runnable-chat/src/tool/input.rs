//! [`ToolInput`] and [`ToolReturn`]: the types that the function of a tool can take and return.

use std::any::Any;

use runnable_core::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};

use super::ToolOutput;

/// A type that the function of a tool can take as its argument.
///
/// This trait is implemented for every type that is [`JsonSchema`] and [`DeserializeOwned`]. Its
/// purpose is a clear compile error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the argument of a tool",
    label = "this type has no JSON schema, or cannot be deserialized",
    note = "add `#[derive(Deserialize, JsonSchema)]` to the struct; the derives are in `serde` and `schemars`"
)]
pub trait ToolInput: JsonSchema + DeserializeOwned + 'static {}

#[diagnostic::do_not_recommend]
impl<T: JsonSchema + DeserializeOwned + 'static> ToolInput for T {}

/// A type that the function of a tool can return.
///
/// This trait is implemented for every [`Result`] whose value implements [`Serialize`]. Its purpose
/// is a clear compile error.
#[diagnostic::on_unimplemented(
    message = "a tool cannot return `{Self}`",
    label = "expected a `Result<T>` of this library, with a `T` that implements `Serialize`",
    note = "return `Ok(value)`, and convert an error of another crate with `.map_err(Error::other)`",
    note = "to let a tool return your own type, add `#[derive(Serialize)]` to the type"
)]
pub trait ToolReturn: 'static {
    /// Converts the result of the tool with this name.
    ///
    /// # Errors
    ///
    /// Returns the error of the function, and [`ErrorKind::Other`] if the value cannot be
    /// serialized.
    #[doc(hidden)]
    fn into_output(self, tool: &str) -> Result<ToolOutput>;
}

#[diagnostic::do_not_recommend]
impl<O: Serialize + 'static> ToolReturn for Result<O> {
    fn into_output(self, tool: &str) -> Result<ToolOutput> {
        // Compare the types at run time. A trait for both kinds of values would need an `impl` for
        // every type that implements `Serialize`, which would conflict with the `impl` for
        // `ToolOutput`.
        let mut value = Some(self?);
        if let Some(output) = (&mut value as &mut dyn Any).downcast_mut::<Option<ToolOutput>>() {
            return Ok(output.take().unwrap_or_default());
        }
        serde_json::to_value(value).map(ToolOutput::from).map_err(|error| {
            let message = format!("cannot serialize the result of tool `{tool}` to JSON: {error}");
            Error::new(ErrorKind::Other, message).with_source(error)
        })
    }
}
