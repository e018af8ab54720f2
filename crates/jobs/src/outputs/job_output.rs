//! [`JobOutput`]: a file that a job writes from its journal.

use std::path::Path;

use runnable_core::Result;

use super::job_result::JobResult;

/// A place to which a job writes its results, such as a file.
///
/// A job writes an output as a whole: when it ends, when it stops, and when it is exported. So an
/// output contains each item once, in the order of the inputs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an output of a job",
    label = "expected an output, such as a file",
    note = "to write a file, use `CsvOutput::new(path)`, `JsonLinesOutput::new(path)` or another type of the module `outputs`"
)]
pub trait JobOutput: Send + Sync + 'static {
    /// Starts to write all results again. The previous output stays in place until
    /// [`OutputWriter::finish`]. A job also calls this method before its first item, and drops the
    /// writer, so that it does not learn of an error after its last item.
    ///
    /// # Errors
    ///
    /// Returns an error if the output cannot be created.
    fn open(&self) -> Result<Box<dyn OutputWriter>>;

    /// Returns whether the results contain the inputs. The default is `false`. Failed items always
    /// contain their inputs.
    fn needs_input(&self) -> bool {
        false
    }

    /// Returns the file that is written, so that a job does not replace its inputs. The default is
    /// `None`.
    fn file(&self) -> Option<&Path> {
        None
    }
}

/// An output whose type is known only when the program runs.
impl JobOutput for Box<dyn JobOutput> {
    fn open(&self) -> Result<Box<dyn OutputWriter>> {
        (**self).open()
    }

    fn needs_input(&self) -> bool {
        (**self).needs_input()
    }

    fn file(&self) -> Option<&Path> {
        (**self).file()
    }
}

/// Writes the results of a job to an output. The job uses it in a thread that may block.
pub trait OutputWriter: Send {
    /// Writes the next result. Failed items are results, too: an output without a place for them
    /// skips them.
    ///
    /// # Errors
    ///
    /// Returns an error if the result cannot be written.
    fn write(&mut self, result: &JobResult) -> Result<()>;

    /// Replaces the previous output by what was written, in one step. If the writer is dropped
    /// without this call, the previous output stays.
    ///
    /// # Errors
    ///
    /// Returns an error if the output cannot be replaced.
    fn finish(self: Box<Self>) -> Result<()>;
}
