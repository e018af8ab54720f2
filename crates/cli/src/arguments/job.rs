//! The arguments of `runnable job`.

use std::path::PathBuf;

use clap::{
    ArgGroup, Args, Subcommand, ValueEnum,
    builder::{NonEmptyStringValueParser, RangedU64ValueParser},
    value_parser,
};
use runnable::Cost;
use serde::{Deserialize, Serialize};

#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// Begin a job: call a model for each row of a file, and keep the results in a folder
    Run(Box<JobRun>),
    /// Print how many items are done, have failed and are pending, and what they cost
    Status(JobStatus),
    /// Continue a job that was stopped or killed
    Resume(JobResume),
    /// Try the failed items of a job again
    RetryFailed(JobResume),
    /// Write the results so far to a file
    Export(JobExport),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  runnable job run jobs/tickets --input tickets.csv --key id \\
      --prompt 'Which class has this ticket? {text}' --labels delivery,payment,other \\
      --model openai:gpt-4o-mini --output classes.csv
  runnable job run jobs/letters --input letters/ --prompt 'Summarize: {text}' \\
      --model ollama:llama3.2 --output summaries.jsonl

A variable such as {text} or {Ticket ID} in the prompt is replaced by the column of this name. For
lines of text, it is {text}; for the files of a folder, {text} and {path}. Two braces are one brace: {{.

The program can be stopped with Ctrl-C, or killed, at any time. `runnable job resume` continues
without asking the model again for items that are done.

The key of the service is read from the environment, such as OPENAI_API_KEY, and is never stored.

Exit code: 0 if all items are done, 1 if some have failed or a limit has stopped the job, 2 for an
error, 130 for Ctrl-C, 143 for SIGTERM.")]
#[command(group = ArgGroup::new("question").required(true))]
pub(crate) struct JobRun {
    /// The folder of the job; it is created
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) task: JobTask,
    #[command(flatten)]
    pub(crate) limits: JobLimits,
}

/// What the model is asked for each item. It is stored in the folder of the job.
#[derive(Clone, Debug, PartialEq, Args, Serialize, Deserialize)]
#[group(skip)]
pub(crate) struct JobTask {
    /// The inputs: a file, or a folder of text files
    #[arg(long, short, value_name = "PATH")]
    pub(crate) input: PathBuf,
    /// The format of the inputs [default: by the ending of the name]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<InputFormat>,
    /// The character between two fields of a CSV file, such as `;` [default: a comma, or a tab for
    /// .tsv]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    #[serde(default)]
    pub(crate) delimiter: Option<char>,
    /// The encoding of the inputs, such as `windows-1252`, which many spreadsheets write [default:
    /// UTF-8]
    #[arg(long, value_name = "NAME")]
    #[serde(default)]
    pub(crate) encoding: Option<String>,
    /// The names of the columns of a CSV file without a header, such as `id,text`
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    #[serde(default)]
    pub(crate) columns: Vec<String>,
    /// The column or field that identifies an item [default: the number of the row]
    #[arg(long, value_name = "COLUMN")]
    pub(crate) key: Option<String>,
    /// The model, such as `openai:gpt-4o-mini`, `claude-sonnet-4-5` or `ollama:llama3.2`
    #[arg(long, short, value_name = "MODEL")]
    pub(crate) model: String,
    /// The prompt, with a variable such as {text} for each column that it uses
    #[arg(long, short, value_name = "TEXT", group = "question")]
    #[serde(default)]
    pub(crate) prompt: Option<String>,
    /// A text file with the prompt
    #[arg(long, value_name = "FILE", group = "question")]
    #[serde(skip)]
    pub(crate) prompt_file: Option<PathBuf>,
    /// The system message; it can contain variables, too
    #[arg(long, value_name = "TEXT")]
    pub(crate) system: Option<String>,
    /// The answers that are allowed, such as `yes,no`; any other answer is a failed item
    #[arg(long, value_name = "WORDS", value_delimiter = ',', conflicts_with_all = ["json", "schema"], value_parser = NonEmptyStringValueParser::new())]
    #[serde(default)]
    pub(crate) labels: Vec<String>,
    /// Read each answer as JSON, whose fields are the columns of the results
    #[arg(long)]
    #[serde(default)]
    pub(crate) json: bool,
    /// A file with the JSON schema that each answer must match
    #[arg(long, value_name = "FILE")]
    pub(crate) schema: Option<PathBuf>,
    /// Send the requests in batches to the Batch API of the service: at about half the price, and
    /// answered within a day
    #[arg(long)]
    #[serde(default)]
    pub(crate) batch_api: bool,
    /// The sampling temperature
    #[arg(long, value_name = "NUMBER", value_parser = temperature, allow_negative_numbers = true)]
    pub(crate) temperature: Option<f32>,
    /// The maximum number of tokens of an answer
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u64).range(1..), allow_negative_numbers = true)]
    pub(crate) max_tokens: Option<u64>,
    /// Where to write the results: a file named .csv, .tsv, .jsonl or .txt; can be repeated
    #[arg(long, short, value_name = "FILE")]
    #[serde(default)]
    pub(crate) output: Vec<PathBuf>,
    /// Write only the keys and the answers, and not the columns of the inputs
    #[arg(long)]
    #[serde(default)]
    pub(crate) without_inputs: bool,
}

/// The limits of a job. They are stored in the folder of the job, and can be changed by `resume`.
#[derive(Clone, Debug, Default, PartialEq, Args, Serialize, Deserialize)]
pub(crate) struct JobLimits {
    /// How many items are in flight at most [default: 16, or 10000 with --batch-api]
    #[arg(long, value_name = "NUMBER", value_parser = RangedU64ValueParser::<usize>::new().range(1..), allow_negative_numbers = true)]
    pub(crate) concurrency: Option<usize>,
    /// How often an item is tried after errors that can pass, such as an overloaded service
    /// [default: 5]
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u32).range(1..), allow_negative_numbers = true)]
    pub(crate) attempts: Option<u32>,
    /// Stop when this number of items has failed
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u64).range(1..), allow_negative_numbers = true)]
    pub(crate) max_failures: Option<u64>,
    /// Stop when the model has cost this number of US dollars, in all runs together
    #[arg(long, value_name = "DOLLARS", value_parser = dollars, allow_negative_numbers = true)]
    pub(crate) max_cost: Option<String>,
    /// Do not count calls whose cost is unknown. Otherwise, --max-cost stops the job after such a call
    #[arg(long)]
    #[serde(default)]
    pub(crate) allow_unknown_costs: bool,
    /// Send at most this number of requests per minute
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u64).range(1..), allow_negative_numbers = true)]
    pub(crate) requests_per_minute: Option<u64>,
    /// Send at most this number of tokens per minute
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u64).range(1..), allow_negative_numbers = true)]
    pub(crate) tokens_per_minute: Option<u64>,
    /// How many seconds the calls in flight have to end after Ctrl-C or SIGTERM [default: 30]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    pub(crate) grace: Option<u64>,
    /// Do not print the progress
    #[arg(long, short)]
    #[serde(skip)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Exit code: 0 if all items are done, 1 if some have failed or a limit has stopped the job, 2 for an
error, 130 for Ctrl-C, 143 for SIGTERM.")]
pub(crate) struct JobResume {
    #[command(flatten)]
    pub(crate) job: JobFolder,
    #[command(flatten)]
    pub(crate) limits: JobLimits,
}

/// A job that has begun.
#[derive(Debug, Args)]
pub(crate) struct JobFolder {
    /// The folder of the job
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct JobStatus {
    #[command(flatten)]
    pub(crate) job: JobFolder,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct JobExport {
    #[command(flatten)]
    pub(crate) job: JobFolder,
    /// The file to write, named .csv, .tsv, .jsonl or .txt; can be repeated
    #[arg(long, short, value_name = "FILE", required = true)]
    pub(crate) output: Vec<PathBuf>,
    /// Write only the keys and the answers, and not the columns of the inputs
    #[arg(long)]
    pub(crate) without_inputs: bool,
    /// Write only the items that have failed, with their errors, to a file named .jsonl
    #[arg(long)]
    pub(crate) failed: bool,
}

/// The format of the inputs of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InputFormat {
    /// Comma-separated values with a header
    Csv,
    /// Tab-separated values with a header
    Tsv,
    /// A JSON object per line
    Jsonl,
    /// An item per line of text
    Lines,
    /// An item per text file of a folder
    Files,
    /// A Parquet file
    #[cfg(feature = "parquet")]
    Parquet,
}

/// Parses a delimiter. Shells cannot write a tab easily, so it can be written as `\t`.
fn delimiter(text: &str) -> Result<char, String> {
    match text {
        "\\t" => Ok('\t'),
        _ => text.parse().map_err(|_| "expected one character".to_owned()),
    }
}

fn temperature(text: &str) -> Result<f32, String> {
    let number = text.parse().ok().filter(|number: &f32| number.is_finite() && *number >= 0.0);
    number.ok_or_else(|| "expected a number such as 0.5".to_owned())
}

/// Checks a cost. It is stored as it was written.
fn dollars(text: &str) -> Result<String, String> {
    let cost: Result<Cost, _> = text.parse();
    cost.map(|_| text.to_owned()).map_err(|error| error.to_string())
}
