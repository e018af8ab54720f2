//! [`Command`]: the commands of the prompt.

/// The text that explains the commands.
pub(super) const HELP: &str = "\
c          continue to the next breakpoint
s          step: stop before the next step of this call
n          next: stop before the next step that is not inside this one
i          print the input
e          print the event, such as the output or the error
t          print the tree of runs
b NAME     add a breakpoint for the steps with this name
q          cancel the call
h          print this help
An empty line repeats the last command.";

/// A command of the prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Continue,
    Step,
    Next,
    Input,
    Event,
    Tree,
    Break(String),
    Cancel,
    Help,
}

impl Command {
    /// Reads a command. Returns `None` if the line is not a command.
    pub(super) fn read(line: &str) -> Option<Self> {
        let line = line.trim();
        if let Some(name) = line.strip_prefix("b ").or_else(|| line.strip_prefix("break ")) {
            return Some(Self::Break(name.trim().to_owned()));
        }
        Some(match line {
            "c" | "continue" => Self::Continue,
            "s" | "step" => Self::Step,
            "n" | "next" => Self::Next,
            "i" | "input" => Self::Input,
            "e" | "event" => Self::Event,
            "t" | "tree" => Self::Tree,
            "q" | "quit" | "cancel" => Self::Cancel,
            "h" | "help" | "?" => Self::Help,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_a_letter_and_a_word() {
        assert_eq!(Command::read(" c \n"), Some(Command::Continue));
        assert_eq!(Command::read("next"), Some(Command::Next));
        assert_eq!(Command::read("b my step\n"), Some(Command::Break("my step".to_owned())));
        assert_eq!(Command::read("x"), None);
        assert_eq!(Command::read("b"), None);
    }
}
