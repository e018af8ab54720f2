//! A conversation in the terminal that continues after a restart of the program. The tests are at
//! the end of the file.
//!
//! ```text
//! cargo run --release --example conversation -- [FILE] [--model MODEL]
//! echo "Hello" | cargo run --release --example conversation -- /tmp/talk.redb
//! cargo test -p examples --example conversation
//! ```

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use examples::{Arguments, input_lines, main_of};
use runnable::conversations::{
    Conversation, ConversationExt, Conversations, RedbStore, TrimMessages, Turn, TurnInput,
    TurnStatus,
};
use runnable::{
    prelude::*,
    testing::{ScriptedChatModel, ScriptedReply},
};

const USAGE: &str = "\
Talks with a model. The conversation is kept in a file, and continues after a restart.

Usage: conversation [FILE] [--model MODEL]

  FILE           where to keep the conversation (default: conversation.redb)
  --model MODEL  such as openai:gpt-4o-mini (default: a stand-in inside the program)

Each line of the input is a question. Ctrl-C ends the program, and keeps the part of the answer
that has arrived.

  /edit TEXT     replaces the last question
  /history       shows the conversation
  /forget        deletes the conversation
  /quit          ends the program
";

/// The key of the conversation in the file.
const KEY: &str = "terminal";

fn main() -> ExitCode {
    main_of(USAGE, conversation)
}

async fn conversation(arguments: Arguments, _: ConsoleTree) -> Result<()> {
    let model = match arguments.models.first() {
        Some(name) => init_chat_model(name)?,
        None => stand_in(),
    };
    let store = RedbStore::open(arguments.text("conversation.redb"))?;
    let talk = Talk::new(model, Conversations::new(store));

    // If a program reads the output or writes the input, print the answers alone.
    let is_interactive = io::stdin().is_terminal() && io::stdout().is_terminal();
    let mut out = io::stdout();
    if is_interactive {
        talk.show_history(&mut out).await?;
    }
    let mut lines = input_lines();
    loop {
        if is_interactive {
            write!(out, "> ")?;
            out.flush()?;
        }
        let Some(line) = futures::StreamExt::next(&mut lines).await.transpose()? else {
            if is_interactive {
                writeln!(out)?;
            }
            return Ok(());
        };
        if !talk.read(line.trim(), &mut out).await? {
            return Ok(());
        }
    }
}

/// A chain that answers questions, and the conversations that it keeps.
struct Talk {
    chat: DynRunnable<TurnInput, String>,
    conversations: Conversations,
}

impl Talk {
    fn new(model: ChatModel, conversations: Conversations) -> Self {
        let instructed = lambda(|mut prompt: PromptValue| {
            prompt.messages.insert(0, system("You are a friendly and terse assistant."));
            prompt
        });
        // The file keeps all turns. The model receives the newest ones.
        let chat = instructed
            .pipe(TrimMessages::to_tokens(8_000))
            .pipe(model)
            .with_conversations(&conversations)
            .pipe(text());
        Self { chat: chat.into_dyn(), conversations }
    }

    /// Answers a line of the input. Returns `false` if the program should end.
    async fn read(&self, line: &str, out: &mut impl Write) -> Result<bool> {
        match line.split_once(' ').unwrap_or((line, "")) {
            ("", _) => {}
            ("/quit", "") => return Ok(false),
            ("/history", "") => self.show_history(out).await?,
            ("/forget", "") => self.conversations.delete(KEY).await?,
            ("/edit", question) if !question.is_empty() => {
                let conversation = self.conversations.load(KEY).await?;
                let input = TurnInput::new(KEY, question);
                let input = match conversation.head("main") {
                    Some(last) => input.instead_of(last),
                    None => input,
                };
                self.answer(input, out).await?;
            }
            // A question can start with a path, such as `/etc/hosts`.
            (word, _) if word.starts_with('/') && !word[1..].contains('/') => {
                let known = "`/edit TEXT`, `/history`, `/forget`, `/quit`";
                writeln!(out, "unknown command `{line}`: expected one of {known}")?;
            }
            _ => self.answer(TurnInput::new(KEY, line), out).await?,
        }
        Ok(true)
    }

    async fn answer(&self, input: TurnInput, out: &mut impl Write) -> Result<()> {
        let mut answer = self.chat.stream(input);
        while let Some(chunk) = answer.next().await {
            write!(out, "{}", chunk?)?;
            out.flush()?;
        }
        Ok(writeln!(out)?)
    }

    async fn show_history(&self, out: &mut impl Write) -> Result<()> {
        let conversation: Conversation = self.conversations.load(KEY).await?;
        for turn in conversation.branch("main") {
            show(turn, out)?;
        }
        Ok(())
    }
}

fn show(turn: &Turn, out: &mut impl Write) -> Result<()> {
    let mark = match turn.status {
        TurnStatus::Complete => "",
        TurnStatus::Cancelled => " (stopped)",
        _ => " (failed)",
    };
    for message in &turn.input {
        writeln!(out, "> {}", message.text())?;
    }
    let answer: String = turn.answer.iter().map(Message::text).collect();
    Ok(writeln!(out, "{answer}{mark}")?)
}

/// Creates a model that runs without a key. It shows that it has received the conversation.
fn stand_in() -> ChatModel {
    let answer = |messages: &[Message]| {
        let is_human = |message: &&Message| matches!(message, Message::Human(_));
        let questions: Vec<_> = messages.iter().filter(is_human).map(Message::text).collect();
        match &questions[..] {
            [first, .., _] => {
                format!("This is question number {}. The first one was: {first}", questions.len())
            }
            _ => "This is your first question. Ask another one, now or after a restart.".to_owned(),
        }
    };
    ScriptedChatModel::from_fn(move |request| {
        ScriptedReply::words(answer(&request.prompt.messages)).delay(Duration::from_millis(20))
    })
    .to_model()
}

/// Run these tests with `cargo test -p examples --example conversation`. They need no key and no
/// network.
#[cfg(test)]
mod tests {
    use super::*;

    async fn read(talk: &Talk, line: &str) -> String {
        let mut out = Vec::new();
        assert!(talk.read(line, &mut out).await.unwrap());
        String::from_utf8(out).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn the_model_receives_the_conversation() {
        let talk = Talk::new(stand_in(), Conversations::in_memory());
        assert!(read(&talk, "Hello").await.starts_with("This is your first question."));
        let answer = read(&talk, "And now?").await;
        assert_eq!(answer, "This is question number 2. The first one was: Hello\n");
    }

    #[tokio::test(start_paused = true)]
    async fn an_edited_question_replaces_the_last_one() {
        let talk = Talk::new(stand_in(), Conversations::in_memory());
        read(&talk, "Hello").await;
        assert!(read(&talk, "/edit Good morning").await.starts_with("This is your first"));
        assert!(read(&talk, "/history").await.starts_with("> Good morning\nThis is your first"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stopped_answer_is_marked() {
        let talk = Talk::new(stand_in(), Conversations::in_memory());
        let mut answer = talk.chat.stream((KEY, "Hello"));
        assert_eq!(answer.next().await.unwrap().unwrap(), "This");
        drop(answer);
        assert_eq!(read(&talk, "/history").await, "> Hello\nThis (stopped)\n");
        for line in ["/forget it", "/edit", "/quit now", "/histroy"] {
            let expected = format!("unknown command `{line}`: expected one of `/edit TEXT`");
            assert!(read(&talk, line).await.starts_with(&expected));
        }
        assert!(read(&talk, "/etc/hosts is what?").await.starts_with("This is question number 2."));
        read(&talk, "/forget").await;
        assert_eq!(read(&talk, "/history").await, "");
        assert!(!talk.read("/quit", &mut Vec::new()).await.unwrap());
    }
}
