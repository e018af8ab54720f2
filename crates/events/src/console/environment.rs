//! Detects from the environment what the terminal supports: colours, redrawing, and the width.

use std::env;

use super::style::{Style, WIDTH};

/// What standard error supports.
pub(super) struct Terminal {
    pub(super) style: Style,
    /// Whether the tree can erase lines and draw them again.
    pub(super) is_live: bool,
}

impl Terminal {
    /// Returns what standard error supports. `is_terminal` is whether it is a terminal.
    pub(super) fn of_environment(is_terminal: bool) -> Self {
        Self::new(is_terminal, |name| env::var(name).ok())
    }

    /// Reads the environment variables with the conventions of <https://no-color.org> and
    /// <https://bixense.com/clicolors>.
    fn new(is_terminal: bool, variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).is_some_and(|value| !value.is_empty() && value != "0");
        let is_capable = is_terminal && variable("TERM").as_deref() != Some("dumb");
        let no_color = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
        let colors = !no_color && (set("CLICOLOR_FORCE") || is_capable);
        // The console of Windows does not set `TERM`, and may not understand the control sequences.
        let is_live = is_capable && set("TERM");
        let columns = variable("COLUMNS").and_then(|columns| columns.parse().ok());
        let width = columns.filter(|columns| *columns > 0).or((!is_live).then_some(WIDTH));
        Self { style: Style { colors, width, ..Style::default() }, is_live }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terminal(is_terminal: bool, set: &[(&str, &str)]) -> Terminal {
        Terminal::new(is_terminal, |name| {
            set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn environment_variables_control_colors() {
        let colors = |is_terminal, set: &[(&str, &str)]| terminal(is_terminal, set).style.colors;
        assert!(colors(true, &[("TERM", "xterm")]));
        assert!(!colors(false, &[("TERM", "xterm")]));
        assert!(!colors(true, &[("NO_COLOR", "1")]));
        assert!(colors(true, &[("NO_COLOR", "")]), "an empty NO_COLOR has no effect");
        assert!(!colors(true, &[("TERM", "dumb")]));
        assert!(colors(false, &[("CLICOLOR_FORCE", "1")]));
        assert!(!colors(false, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    }

    #[test]
    fn lines_are_redrawn_only_on_a_capable_terminal() {
        assert!(terminal(true, &[("TERM", "xterm")]).is_live);
        assert!(terminal(true, &[("TERM", "xterm"), ("NO_COLOR", "1")]).is_live);
        assert!(!terminal(true, &[("TERM", "dumb")]).is_live);
        assert!(!terminal(true, &[]).is_live);
        assert!(!terminal(false, &[("TERM", "xterm"), ("CLICOLOR_FORCE", "1")]).is_live);
    }

    #[test]
    fn the_width_is_columns_or_is_left_to_the_terminal() {
        let width = |is_terminal, set: &[(&str, &str)]| terminal(is_terminal, set).style.width;
        assert_eq!(width(true, &[("TERM", "xterm"), ("COLUMNS", "80")]), Some(80));
        assert_eq!(width(true, &[("TERM", "xterm"), ("COLUMNS", "0")]), None);
        assert_eq!(width(true, &[("TERM", "xterm")]), None);
        assert_eq!(width(true, &[("TERM", "dumb")]), Some(WIDTH));
        assert_eq!(width(false, &[("COLUMNS", "wide")]), Some(WIDTH));
    }
}
