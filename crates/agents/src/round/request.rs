//! Creates the request of a round from the settings of the agent.

use runnable_chat::{
    ChatModel, Message, Toolbox,
    tool::{ToolChoice, toolbox},
};
use runnable_core::Result;

use crate::{Round, settings::Settings};

impl Round {
    /// Creates the round with the settings of the agent, and lets the functions of the program
    /// change it.
    pub(super) fn new(
        settings: &Settings,
        number: u32,
        messages: Vec<Message>,
        is_last: bool,
    ) -> Self {
        let answers_now = is_last && settings.answers_at_limit;
        let mut round = Self {
            number,
            is_last,
            prompt: messages.into(),
            model: settings.model.clone(),
            tools: settings.tools.iter().cloned().collect(),
            tool_choice: answers_now.then_some(ToolChoice::None),
        };
        let messages = &mut round.prompt.messages;
        if let Some(system) = &settings.system_prompt
            && !matches!(messages.first(), Some(Message::System(_)))
        {
            messages.insert(0, system.clone());
        }
        settings.each_round.iter().for_each(|change| change(&mut round));
        round
    }

    /// Returns the model with the tools and the format of this round.
    pub(super) fn to_model(&self, settings: &Settings) -> ChatModel {
        let mut model = self.model.clone().tools(&self.tools);
        // Services refuse a tool choice without tools.
        if let Some(choice) = &self.tool_choice
            && !self.tools.is_empty()
        {
            model = model.tool_choice(choice.clone());
        }
        match &settings.answer_format {
            Some(format) => model.response_format(format.response_format.clone()),
            None => model,
        }
    }

    /// Returns the tools of this round as a toolbox.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidInput`](runnable_core::ErrorKind::InvalidInput) if two tools have the same
    /// name. A service would refuse the request without such a clear error.
    pub(super) fn to_toolbox(&self) -> Result<Toolbox> {
        let tools = toolbox(self.tools.iter().cloned());
        tools.check()?;
        Ok(tools)
    }
}
