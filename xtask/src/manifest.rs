//! Reads the few relevant lines of a `Cargo.toml`.

/// A `Cargo.toml`. The manifests of this workspace have one key per line, so this type needs no
/// TOML parser.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manifest<'a>(&'a str);

/// The value of a key, and the line of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value<'a> {
    pub(crate) line: usize,
    pub(crate) text: &'a str,
}

impl<'a> Manifest<'a> {
    pub(crate) const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// Returns the value of a key in a section, without quotes.
    pub(crate) fn value(self, section: &str, key: &str) -> Option<Value<'a>> {
        let mut here = "";
        for (line, text) in self.lines() {
            if let Some(name) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                here = name.trim();
            } else if here == section
                && let Some((name, value)) = text.split_once('=')
                && name.trim() == key
            {
                return Some(Value { line, text: value.trim().trim_matches('"') });
            }
        }
        None
    }

    /// Returns the keys of a section, in their order.
    pub(crate) fn keys(self, section: &str) -> Vec<&'a str> {
        let mut here = "";
        let mut keys = Vec::new();
        for (_, text) in self.lines() {
            if let Some(name) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                here = name.trim();
            } else if here == section
                && let Some((key, _)) = text.split_once('=')
                && !key.trim_start().starts_with('#')
            {
                keys.push(key.trim());
            }
        }
        keys
    }

    /// Returns whether the value of a key is inherited from the workspace, in either of the two
    /// spellings that Cargo accepts.
    pub(crate) fn inherits(self, section: &str, key: &str) -> bool {
        let is_true = |value: Value<'_>| value.text == "true";
        self.value(section, &format!("{key}.workspace")).is_some_and(is_true)
            || self.value(section, key).is_some_and(|value| {
                value.text.split_whitespace().collect::<String>() == "{workspace=true}"
            })
    }

    /// Returns the line of a section's heading, or the first line if there is no such section.
    pub(crate) fn line_of(self, section: &str) -> usize {
        let heading = format!("[{section}]");
        self.lines().find(|(_, text)| *text == heading).map_or(1, |(line, _)| line)
    }

    /// Returns the lines without comments, counted from one.
    fn lines(self) -> impl Iterator<Item = (usize, &'a str)> {
        self.0.lines().enumerate().map(|(at, line)| {
            let line = line.split_once(" #").map_or(line, |(before, _)| before);
            (at + 1, line.trim())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: Manifest<'_> = Manifest::new(
        "[package]\nname = \"a\"\nlicense.workspace = true # as all\nedition = { workspace = true }\n\
         \n[lints]\nworkspace = true\n",
    );

    #[test]
    fn a_value_belongs_to_its_section() {
        assert_eq!(MANIFEST.value("package", "name"), Some(Value { line: 2, text: "a" }));
        assert_eq!(MANIFEST.value("lints", "name"), None);
        assert_eq!(MANIFEST.value("lints", "workspace"), Some(Value { line: 7, text: "true" }));
    }

    #[test]
    fn both_spellings_inherit() {
        assert!(MANIFEST.inherits("package", "license"));
        assert!(MANIFEST.inherits("package", "edition"));
        assert!(!MANIFEST.inherits("package", "rust-version"));
    }

    #[test]
    fn the_keys_of_a_section_are_listed() {
        assert_eq!(MANIFEST.keys("lints"), ["workspace"]);
        let features = Manifest::new("[features]\n# a = []\nb = []\nc = [\"b\"]\n[lints]\nd = 1\n");
        assert_eq!(features.keys("features"), ["b", "c"]);
        assert_eq!(features.keys("package"), Vec::<&str>::new());
    }

    #[test]
    fn a_section_has_a_line() {
        assert_eq!(MANIFEST.line_of("lints"), 6);
        assert_eq!(MANIFEST.line_of("features"), 1);
    }
}
