//! [`export`]: writes the outputs of a job from its journal.

use std::{fs, mem, sync::Arc};

use runnable_core::Result;
use tokio::sync::mpsc;

use super::reader::Reader;
use crate::{
    journal::{Journal, in_thread},
    outputs::{JobOutput, JobResult, OutputWriter},
};

/// The maximum number of results that are passed to the writing thread at once.
const PAGE: usize = 256;

/// The number of bytes of results after which they are passed to the writing thread.
const PAGE_BYTES: usize = 1 << 20;

/// Writes all results of a job to its outputs.
///
/// A thread writes, because an output may wait for the disk. If the future is dropped, the previous
/// outputs stay.
pub(crate) async fn export(
    journal: &Arc<dyn Journal>,
    outputs: Vec<Arc<dyn JobOutput>>,
) -> Result<()> {
    if outputs.is_empty() {
        return Ok(());
    }
    let needs_input = outputs.iter().any(|output| output.needs_input());
    // The thread is declared first, so that the channel is dropped before it waits for the thread.
    let (pages, mut received) = mpsc::channel::<Vec<JobResult>>(2);
    let writing = in_thread("the output", move || {
        let writers = outputs.iter().map(|output| output.open());
        let mut writers: Vec<Box<dyn OutputWriter>> = writers.collect::<Result<_>>()?;
        let mut is_complete = false;
        while let Some(page) = received.blocking_recv() {
            // An empty page marks the end. Without it, the job was dropped.
            is_complete = page.is_empty();
            for result in &page {
                writers.iter_mut().try_for_each(|writer| writer.write(result))?;
            }
        }
        if is_complete {
            writers.into_iter().try_for_each(OutputWriter::finish)?;
        }
        Ok(())
    });
    let pages = pages;
    let read = read(Reader::new(journal, needs_input), &pages).await;
    drop(pages);
    let written = writing.await;
    read?;
    written
}

/// Checks that all outputs can be created, together, because two outputs must not be the same file.
///
/// Without the check, a job would learn of a missing folder after its last call. A writer that is
/// dropped leaves the previous output.
pub(crate) async fn check(outputs: Vec<Arc<dyn JobOutput>>) -> Result<()> {
    if outputs.is_empty() {
        return Ok(());
    }
    in_thread("the output", move || {
        let writers =
            outputs.iter().filter(|output| !is_pipe(&***output)).map(|output| output.open());
        writers.collect::<Result<Vec<_>>>().map(drop)
    })
    .await
}

/// Returns whether an output is a pipe or another device. The reader of a pipe would take the end of
/// the check for the end of the output.
fn is_pipe(output: &dyn JobOutput) -> bool {
    let file = output.file().and_then(|file| fs::metadata(file).ok());
    file.is_some_and(|file| !file.is_file() && !file.is_dir())
}

async fn read(mut results: Reader, pages: &mpsc::Sender<Vec<JobResult>>) -> Result<()> {
    let (mut page, mut page_bytes) = (Vec::new(), 0);
    while let Some((result, bytes)) = results.next().await? {
        page.push(result);
        page_bytes += bytes;
        if page.len() == PAGE || page_bytes >= PAGE_BYTES {
            page_bytes = 0;
            if pages.send(mem::take(&mut page)).await.is_err() {
                // The thread has failed, and returns its error.
                return Ok(());
            }
        }
    }
    if !page.is_empty() {
        _ = pages.send(page).await;
    }
    _ = pages.send(Vec::new()).await;
    Ok(())
}
