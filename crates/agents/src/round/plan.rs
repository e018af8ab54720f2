//! [`Round`]: the request of a round, which a function of the program can change.

use runnable_chat::{
    ChatModel, Message, PromptValue, Tool,
    tool::{ToolChoice, toolbox},
};

use crate::settings::Settings;

/// A round before the model is called. A function for
/// [`Agent::each_round`](crate::Agent::each_round) can change it.
///
/// A change applies to this round only. To change the conversation for all following rounds, use
/// [`Agent::compact_history`](crate::Agent::compact_history).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Round {
    /// The number of the round, counted from 1.
    pub number: u32,
    /// Whether the round limit allows no further round.
    pub is_last: bool,
    /// The messages that the model reads.
    pub prompt: PromptValue,
    /// The model. Its tools are replaced by [`tools`](Self::tools).
    pub model: ChatModel,
    /// The tools that the model can call in this round.
    pub tools: Vec<Tool>,
    /// Whether the model may, must or must not call a tool. `None` uses the setting of the model.
    pub tool_choice: Option<ToolChoice>,
}

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
        match &settings.response_format {
            Some(format) => model.response_format(format.clone()),
            None => model,
        }
    }

    /// Returns the tools of this round as a toolbox.
    pub(super) fn to_toolbox(&self) -> runnable_chat::Toolbox {
        toolbox(self.tools.iter().cloned())
    }
}
