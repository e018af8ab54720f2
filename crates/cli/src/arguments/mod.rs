//! The arguments of the program, and their help.

mod job;
mod program;

pub(crate) use self::{
    job::{InputFormat, Job, JobExport, JobLimits, JobStatus, JobTask},
    program::{
        Arguments, Color, Command, Completions, Diff, Export, Findings, Follow, Markdown, Page,
        Recorded, Run, Show, Stats,
    },
};
