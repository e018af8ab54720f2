//! [`Style`]: how the tree is printed.

/// The width at which values are cut if the width of the output is not known, in characters.
pub(super) const WIDTH: usize = 120;

/// How the tree is printed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// Whether to use colours.
    pub(super) colors: bool,
    /// Whether to print inputs, outputs and details.
    pub(super) values: bool,
    /// The width of the output, in characters. With `None`, the terminal cuts the lines of values.
    pub(super) width: Option<usize>,
}

impl Default for Style {
    fn default() -> Self {
        Self { colors: false, values: false, width: Some(WIDTH) }
    }
}

impl Style {
    pub(super) fn dim(self, text: &str) -> String {
        self.paint("2", text)
    }

    pub(super) fn green(self, text: &str) -> String {
        self.paint("32", text)
    }

    pub(super) fn red(self, text: &str) -> String {
        self.paint("31", text)
    }

    pub(super) fn yellow(self, text: &str) -> String {
        self.paint("33", text)
    }

    pub(super) fn cyan(self, text: &str) -> String {
        self.paint("36", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colors && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}
