//! What the command line asks for.

use crate::failure::Failure;

/// What `cargo xtask` prints when asked for nothing.
pub(crate) const HELP: &str = "\
The chores of this workspace.

cargo xtask ci                   everything that CI does, up to the first failure
cargo xtask ci --only STEP       one step of it
cargo xtask ci --list            the steps, each with its command line
cargo xtask tidy                 the rules of the source tree
cargo xtask weight               how many crates each of ours pulls in, against its budget
cargo xtask weight --tree CRATE  which crates these are
cargo xtask fixtures             recorded answers of services, replayed to our providers
cargo xtask fixtures DIR         those in this folder
cargo xtask e2e                  our providers against servers that others wrote
cargo xtask help                 this text

Exit codes: 0 all is well, 1 a check did not hold, 2 a wrong command line.
Colours are for terminals only; NO_COLOR turns them off.
";

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Ci { only: Option<String> },
    ListSteps,
    Tidy,
    Weight,
    WeighTree { krate: String },
    Fixtures { folder: Option<String> },
    EndToEnd,
}

impl Command {
    /// Reads the words after `cargo xtask`.
    pub(crate) fn parse(words: &[String]) -> Result<Self, Failure> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] | ["help" | "--help" | "-h"] | [_, "--help" | "-h"] => Ok(Self::Help),
            ["ci"] => Ok(Self::Ci { only: None }),
            ["ci", "--only", step] => Ok(Self::Ci { only: Some((*step).into()) }),
            ["ci", "--list"] => Ok(Self::ListSteps),
            ["tidy"] => Ok(Self::Tidy),
            ["weight"] => Ok(Self::Weight),
            ["weight", "--tree", krate] => Ok(Self::WeighTree { krate: (*krate).into() }),
            ["fixtures"] => Ok(Self::Fixtures { folder: None }),
            ["fixtures", folder] if !folder.starts_with('-') => {
                Ok(Self::Fixtures { folder: Some((*folder).into()) })
            }
            ["e2e"] => Ok(Self::EndToEnd),
            ["ci", "--only"] => Err(Failure::Usage("`--only` takes the name of a step".into())),
            ["weight", "--tree"] => {
                Err(Failure::Usage("`--tree` takes the name of a crate".into()))
            }
            [command @ ("ci" | "tidy" | "weight" | "fixtures" | "e2e"), rest @ ..] => {
                Err(Failure::Usage(format!("`{command}` does not take `{}`", rest.join(" "))))
            }
            [other, ..] => Err(Failure::Usage(format!("no command is called `{other}`"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, Failure> {
        Command::parse(&line.split_whitespace().map(String::from).collect::<Vec<_>>())
    }

    #[test]
    fn every_command_of_the_help_is_understood() {
        let lines: Vec<&str> =
            HELP.lines().filter_map(|line| line.strip_prefix("cargo xtask ")).collect();
        assert_eq!(lines.len(), 10);
        for line in lines {
            let (command, _) = line.split_once("  ").expect("two columns");
            parse(command).expect(command);
        }
    }

    #[test]
    fn nothing_asked_is_help() {
        assert_eq!(parse(""), Ok(Command::Help));
    }

    #[test]
    fn an_option_keeps_its_value() {
        assert_eq!(parse("ci --only fmt"), Ok(Command::Ci { only: Some("fmt".into()) }));
        assert_eq!(parse("fixtures a/b"), Ok(Command::Fixtures { folder: Some("a/b".into()) }));
        assert_eq!(parse("weight --tree a"), Ok(Command::WeighTree { krate: "a".into() }));
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (line, named) in [
            ("cj", "`cj`"),
            ("tidy --fix", "`--fix`"),
            ("ci --only", "`--only`"),
            ("ci --only fmt doc", "`--only fmt doc`"),
            ("weight --tree", "`--tree`"),
            ("fixtures --all", "`--all`"),
            ("fixtures a b", "`a b`"),
            ("e2e fast", "`fast`"),
        ] {
            let failure = parse(line).expect_err(line);
            assert!(matches!(&failure, Failure::Usage(why) if why.contains(named)), "{failure}");
        }
    }
}
