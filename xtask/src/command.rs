//! Parses the command line.

use crate::failure::Failure;

/// The help text, which `cargo xtask` prints without a command.
pub(crate) const HELP: &str = "\
Maintenance commands of this workspace.

cargo xtask ci                   run all steps of CI, up to the first failure
cargo xtask ci --only STEP       run one step of CI
cargo xtask ci --list            list the steps with their command lines
cargo xtask tidy                 check the rules of the source tree
cargo xtask tidy --graph         report cycles between the files of all crates
cargo xtask tidy --graph CRATE   report cycles between the files of a crate
cargo xtask graph CRATE          draw which files and folders of a crate use which, for Mermaid
cargo xtask graph CRATE FOLDER   draw which files use which in a folder below `src`
cargo xtask api                  write the public API of each published crate into docs/api
cargo xtask weight               compare the number of dependencies of each crate with its budget
cargo xtask weight --tree CRATE  list the dependencies of a crate
cargo xtask fixtures             replay recorded responses of services to the providers
cargo xtask fixtures DIR         replay the recordings in a folder
cargo xtask e2e                  run the providers with servers of other projects, check spans and pages
cargo xtask prices               write the prices of models and the costs for their test
cargo xtask help                 print this text

Exit codes: 0 success, 1 a check failed, 2 an invalid command line.
Colours are used only in terminals; set NO_COLOR to turn them off.
";

/// A parsed command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Help,
    Ci { only: Option<String> },
    ListSteps,
    Tidy,
    Cycles { krate: Option<String> },
    Draw { krate: String, folder: Option<String> },
    Api,
    Weight,
    WeighTree { krate: String },
    Fixtures { folder: Option<String> },
    EndToEnd,
    Prices,
}

impl Command {
    /// Parses the arguments after `cargo xtask`.
    pub(crate) fn parse(words: &[String]) -> Result<Self, Failure> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] | ["help" | "--help" | "-h"] | [_, "--help" | "-h"] => Ok(Self::Help),
            ["ci"] => Ok(Self::Ci { only: None }),
            ["ci", "--only", step] => Ok(Self::Ci { only: Some((*step).into()) }),
            ["ci", "--list"] => Ok(Self::ListSteps),
            ["tidy"] => Ok(Self::Tidy),
            ["tidy", "--graph"] => Ok(Self::Cycles { krate: None }),
            ["tidy", "--graph", krate] => Ok(Self::Cycles { krate: Some((*krate).into()) }),
            ["graph"] => Err(Failure::Usage("`graph` takes the folder of a crate".into())),
            ["graph", krate] => Ok(Self::Draw { krate: (*krate).into(), folder: None }),
            ["graph", krate, folder] => {
                Ok(Self::Draw { krate: (*krate).into(), folder: Some((*folder).into()) })
            }
            ["api"] => Ok(Self::Api),
            ["weight"] => Ok(Self::Weight),
            ["weight", "--tree", krate] => Ok(Self::WeighTree { krate: (*krate).into() }),
            ["fixtures"] => Ok(Self::Fixtures { folder: None }),
            ["fixtures", folder] if !folder.starts_with('-') => {
                Ok(Self::Fixtures { folder: Some((*folder).into()) })
            }
            ["e2e"] => Ok(Self::EndToEnd),
            ["prices"] => Ok(Self::Prices),
            ["ci", "--only"] => Err(Failure::Usage("`--only` requires the name of a step".into())),
            ["weight", "--tree"] => {
                Err(Failure::Usage("`--tree` requires the name of a crate".into()))
            }
            [
                command @ ("ci" | "tidy" | "graph" | "api" | "weight" | "fixtures" | "e2e"
                | "prices"),
                rest @ ..,
            ] => Err(Failure::Usage(format!("`{command}` does not accept `{}`", rest.join(" ")))),
            [other, ..] => Err(Failure::Usage(format!("unknown command `{other}`"))),
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
    fn each_command_of_the_help_is_parsed() {
        let lines: Vec<&str> =
            HELP.lines().filter_map(|line| line.strip_prefix("cargo xtask ")).collect();
        assert_eq!(lines.len(), 16);
        for line in lines {
            let (command, _) = line.split_once("  ").expect("two columns");
            parse(command).expect(command);
        }
    }

    #[test]
    fn an_empty_command_line_is_help() {
        assert_eq!(parse(""), Ok(Command::Help));
    }

    #[test]
    fn an_option_keeps_its_value() {
        assert_eq!(parse("ci --only fmt"), Ok(Command::Ci { only: Some("fmt".into()) }));
        assert_eq!(parse("fixtures a/b"), Ok(Command::Fixtures { folder: Some("a/b".into()) }));
        assert_eq!(parse("weight --tree a"), Ok(Command::WeighTree { krate: "a".into() }));
    }

    #[test]
    fn unknown_arguments_are_named() {
        for (line, named) in [
            ("cj", "`cj`"),
            ("tidy --fix", "`--fix`"),
            ("graph a b c", "`a b c`"),
            ("ci --only", "`--only`"),
            ("ci --only fmt doc", "`--only fmt doc`"),
            ("weight --tree", "`--tree`"),
            ("fixtures --all", "`--all`"),
            ("fixtures a b", "`a b`"),
            ("e2e fast", "`fast`"),
            ("prices now", "`now`"),
        ] {
            let failure = parse(line).expect_err(line);
            assert!(matches!(&failure, Failure::Usage(why) if why.contains(named)), "{failure}");
        }
    }
}
