//! The arguments of the program and of the commands for recordings.

use std::{num::NonZeroUsize, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use super::job::Job;

const EXAMPLES: &str = "\
Examples:
  runnable show run.jsonl                     the tree of a recording
  runnable page run.jsonl -o run.html         a page with the tree, the times and all values
  runnable findings run.jsonl                 what is slow, wrong or wasted
  runnable diff before.jsonl after.jsonl      the first difference of two recordings
  runnable follow run.jsonl                   the tree of a program that is still running
  runnable follow run.jsonl --page            a page that shows it in a browser
  runnable run openai:gpt-4o-mini 'Why is the sky blue?'
  runnable job run jobs/tickets --input tickets.csv --prompt 'Classify: {text}' \
      --model openai:gpt-4o-mini --output classes.csv

A program writes a recording if a `Recorder` listens to its calls. A file named `-` is standard
input. The exit code is 0 for success, 1 if `findings` or `diff` have found something or items of
a job have failed, 2 for an error and 130 for Ctrl-C.";

/// Shows, checks and compares recordings of language-model chains, asks models questions, and runs
/// jobs over files.
#[derive(Debug, Parser)]
#[command(name = "runnable", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// When to use colours. `auto` uses them on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub(crate) color: Color,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print the tree of runs, with times, tokens and costs
    Show(Show),
    /// Write a page that shows the recording in a browser
    Page(Page),
    /// Write the recording for the Perfetto viewer (https://ui.perfetto.dev)
    Perfetto(Export),
    /// Write a Mermaid sequence diagram
    Mermaid(Export),
    /// Write Markdown, to paste into an issue or to give to a model
    Markdown(Markdown),
    /// Print findings: what is slow, wrong or wasted; the exit code is 1 if there are any
    Findings(Findings),
    /// Compare two recordings; the exit code is 1 if they differ
    Diff(Diff),
    /// Print percentiles of times, tokens and costs by step and by model
    Stats(Stats),
    /// Print the tree of a program that is still running, or serve its page, until Ctrl-C
    Follow(Follow),
    /// Ask a model one question, and print the answer as it arrives
    Run(Run),
    /// Call a model for each row of a file; the job survives crashes and can be continued
    #[command(subcommand)]
    Job(Job),
    /// Print a script that completes the arguments of this program in a shell
    Completions(Completions),
}

/// A recording.
#[derive(Debug, Args)]
pub(crate) struct Recorded {
    /// The recording; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Read only the root runs with this name, this ID, or an ID that starts with this text
    #[arg(long, value_name = "NAME")]
    pub(crate) root: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) recorded: Recorded,
    /// Also print inputs and outputs, cut to the width
    #[arg(long, short = 'v')]
    pub(crate) values: bool,
    /// The width of the lines [default: the width of the terminal, or 120]
    #[arg(long, value_name = "COLUMNS", env = "COLUMNS")]
    pub(crate) width: Option<NonZeroUsize>,
    /// Print one JSON object per run
    #[arg(long, conflicts_with = "values")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Page {
    #[command(flatten)]
    pub(crate) recorded: Recorded,
    /// Another recording that the page compares with the first
    #[arg(long, value_name = "FILE")]
    pub(crate) compare: Option<PathBuf>,
    /// The file to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[command(flatten)]
    pub(crate) recorded: Recorded,
    /// The file to write [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Markdown {
    #[command(flatten)]
    pub(crate) export: Export,
    /// The maximum number of characters
    #[arg(long, value_name = "NUMBER", default_value = "20000")]
    pub(crate) max_chars: usize,
}

#[derive(Debug, Args)]
pub(crate) struct Findings {
    #[command(flatten)]
    pub(crate) recorded: Recorded,
    /// Print one JSON object per finding
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The recording to start from; `-` is standard input
    #[arg(value_name = "BEFORE")]
    pub(crate) before: PathBuf,
    /// The recording to compare with it
    #[arg(value_name = "AFTER")]
    pub(crate) after: PathBuf,
    /// Print the differences as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// The recordings; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Follow {
    /// The recording that the program writes; it may not exist yet
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Show only the events that are appended from now on
    #[arg(long)]
    pub(crate) new: bool,
    /// Serve a page for a browser on this machine, and print its address, instead of the tree
    #[arg(long)]
    pub(crate) page: bool,
    /// The port of the page [default: a free port]
    #[arg(long, value_name = "NUMBER", requires = "page")]
    pub(crate) port: Option<u16>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  runnable run openai:gpt-4o-mini 'Why is the sky blue?'
  cat letter.txt | runnable run claude-sonnet-4-5 'Summarize this letter:' -
  runnable run ollama:llama3.2 'Hello' --record run.jsonl && runnable page run.jsonl -o run.html

The keys of the providers come from their environment variables, such as OPENAI_API_KEY. The answer
goes to standard output, and the tree to standard error.")]
pub(crate) struct Run {
    /// The model, such as `openai:gpt-4o-mini`, `claude-sonnet-4-5` or `ollama:llama3.2`
    #[arg(value_name = "MODEL")]
    pub(crate) model: String,
    /// The question; the words are joined, and `-` is standard input
    #[arg(value_name = "PROMPT", required = true)]
    pub(crate) prompt: Vec<String>,
    /// The system message
    #[arg(long, value_name = "TEXT")]
    pub(crate) system: Option<String>,
    /// The sampling temperature
    #[arg(long, value_name = "NUMBER")]
    pub(crate) temperature: Option<f32>,
    /// The maximum number of tokens of the answer
    #[arg(long, value_name = "NUMBER")]
    pub(crate) max_tokens: Option<u64>,
    /// Append the events to this recording
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Do not print the tree
    #[arg(long, short)]
    pub(crate) quiet: bool,
    /// Print the answer as one JSON object, with its token usage, when it is complete
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}
