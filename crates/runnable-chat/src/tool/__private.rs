//! The functions that the code of `#[tool]` calls.
//!
//! Each of them has at most one bound that can fail, and the code calls it at the type of the
//! argument or of the result. The compiler then reports one error, at this type. With a call of
//! [`tool`](super::tool()), it would report several, at the attribute.

use runnable_core::{Result, RunContext};
use schemars::Schema;
use serde_json::Value;

use super::{
    Tool, ToolDefinition, ToolInput, ToolOutput, ToolReturn,
    function::{arguments as read_arguments, from_parts},
};
use crate::schema::arguments_of;

/// The schema of a tool's argument, and the function that deserializes the argument.
#[derive(Debug)]
pub struct Arguments<A> {
    schema: Schema,
    read: fn(&str, &Value) -> Result<A>,
}

/// The function that converts what the function of a tool returns.
#[derive(Debug)]
pub struct Returned<R> {
    convert: fn(R, &str) -> Result<ToolOutput>,
}

pub fn arguments<A: ToolInput>() -> Arguments<A> {
    Arguments { schema: arguments_of::<A>(), read: read_arguments }
}

pub fn returned<R: ToolReturn>() -> Returned<R> {
    Returned { convert: R::into_output }
}

pub fn tool<A, F, Fut>(
    name: &str,
    description: &str,
    arguments: Arguments<A>,
    returned: Returned<Fut::Output>,
    f: F,
) -> Tool
where
    A: 'static,
    F: Fn(A, RunContext) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: 'static> + Send + 'static,
{
    let definition = ToolDefinition::new(name, description, arguments.schema);
    from_parts(definition, arguments.read, returned.convert, f)
}
