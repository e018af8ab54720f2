//! Parses the arguments of a program.

/// The default model of a program.
const DEFAULT_MODEL: &str = "local";

/// The arguments of a program: the models, and the other arguments.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Arguments {
    /// The names of the models, in the form of [`init_chat_model`](runnable::init_chat_model).
    pub models: Vec<String>,
    /// The arguments that are not options.
    pub rest: Vec<String>,
}

impl Arguments {
    /// Parses the arguments. Returns `None` if the user asks for help.
    ///
    /// # Errors
    ///
    /// Returns a message if the arguments are invalid.
    pub fn parse(mut given: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut arguments = Self::default();
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "-h" | "--help" => return Ok(None),
                "-m" | "--model" => {
                    let name = "`--model` requires a name, such as openai:gpt-4o-mini";
                    arguments.models.push(given.next().ok_or(name)?);
                }
                option if option.starts_with('-') => {
                    return Err(format!("unknown option `{option}`"));
                }
                _ => arguments.rest.push(argument),
            }
        }
        Ok(Some(arguments))
    }

    /// Returns the name of the first model, or of the default model.
    pub fn model(&self) -> &str {
        self.models.first().map_or(DEFAULT_MODEL, String::as_str)
    }

    /// Returns the arguments that are not options as one text, or `otherwise` if there are none.
    pub fn text(&self, otherwise: &str) -> String {
        if self.rest.is_empty() { otherwise.to_owned() } else { self.rest.join(" ") }
    }
}
