//! The arguments of a program.

/// The model that a program uses if none is named.
const DEFAULT_MODEL: &str = "local";

/// The arguments of a program: which models to use, and the rest.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Arguments {
    /// The names of the models, as [`init_chat_model`](runnable::init_chat_model) takes them.
    pub models: Vec<String>,
    /// What is no option.
    pub rest: Vec<String>,
}

impl Arguments {
    /// `None` if help is asked for.
    ///
    /// # Errors
    ///
    /// What is wrong with them.
    pub fn parse(mut given: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut arguments = Self::default();
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "-h" | "--help" => return Ok(None),
                "-m" | "--model" => {
                    let name = "--model needs a name, such as openai:gpt-4o-mini";
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

    /// The name of the model to use.
    pub fn model(&self) -> &str {
        self.models.first().map_or(DEFAULT_MODEL, String::as_str)
    }

    /// What is no option, as one text; `otherwise` if there is none.
    pub fn text(&self, otherwise: &str) -> String {
        match self.rest.is_empty() {
            true => otherwise.to_owned(),
            false => self.rest.join(" "),
        }
    }
}
