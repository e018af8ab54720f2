//! Colours for the most important words of the output.

use std::env;
use std::io::{self, IsTerminal};

/// A colour for a word.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Paint {
    Bold,
    Green,
    Red,
}

impl Paint {
    /// Colours the text if standard output supports colours.
    pub(crate) fn on(self, text: &str) -> String {
        if !shows_colours() {
            return text.into();
        }
        let code = match self {
            Self::Bold => "1",
            Self::Green => "1;32",
            Self::Red => "1;31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Returns whether colours are used. `NO_COLOR` counts unless it is empty: <https://no-color.org>.
fn shows_colours() -> bool {
    env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && io::stdout().is_terminal()
}
