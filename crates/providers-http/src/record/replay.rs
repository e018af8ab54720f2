//! Answers requests from recordings.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use futures_core::future::BoxFuture;
use futures_util::stream;
use runnable_core::{Error, ErrorKind, Result};

use super::{
    asked::Asked,
    case::{Answer, REQUEST},
    difference::Difference,
};
use crate::{body::Body, origin::Origin, transport::Transport};

/// Answers requests from recordings.
pub(crate) struct Replay {
    folder: PathBuf,
    cases: Vec<Case>,
    /// How often each case has answered.
    used: Mutex<Vec<u32>>,
}

struct Case {
    name: String,
    asked: Asked,
    answer: Answer,
}

impl Replay {
    pub(crate) fn load(folder: &Path) -> Result<Self> {
        let mut cases = Vec::new();
        read(folder, folder, &mut cases).map_err(|error| {
            let message = format!("cannot replay from {}: {error}", folder.display());
            Error::new(ErrorKind::InvalidInput, message).caused_by(error)
        })?;
        let used = Mutex::new(vec![0; cases.len()]);
        Ok(Self { folder: folder.to_owned(), cases, used })
    }

    /// The first case of this request that has not answered yet, else the last one.
    fn find(&self, asked: &Asked) -> Option<&Case> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = || (0..self.cases.len()).filter(|at| self.cases[*at].asked == *asked);
        let at = fits().find(|at| used[*at] == 0).or_else(|| fits().last())?;
        used[at] += 1;
        Some(&self.cases[at])
    }

    /// Says what there is instead.
    fn missing(&self, origin: &Origin, asked: &Asked) -> Error {
        let folder = self.folder.display();
        let same_place =
            |case: &&Case| case.asked.method == asked.method && case.asked.path == asked.path;
        let nearest = self
            .cases
            .iter()
            .filter(same_place)
            .map(|case| (case, Difference::between(&case.asked.body, &asked.body)))
            .min_by_key(|(_, difference)| difference.places);
        let what = match nearest {
            Some((case, Difference { first: Some(first), .. })) => format!(
                "no recording in {folder} has this body of {origin}; nearest is {}, but at {first}",
                case.name
            ),
            _ => {
                let mut places: Vec<_> = self
                    .cases
                    .iter()
                    .map(|case| format!("{} {}", case.asked.method, case.asked.path))
                    .collect();
                places.sort_unstable();
                places.dedup();
                let places = match places.len() {
                    0 => "there is none at all".to_owned(),
                    1..=10 => format!("there are those of {}", places.join(", ")),
                    count => format!("there are those of {count} others"),
                };
                format!("no recording in {folder} is of {} {}; {places}", asked.method, asked.path)
            }
        };
        origin.failure(ErrorKind::NotFound, what)
    }
}

impl Transport for Replay {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<Body>>> {
        let asked = Asked::of(&request);
        let answer = match self.find(&asked) {
            Some(case) => replayed(&case.answer),
            None => Err(self.missing(&Origin::of(&request), &asked)),
        };
        Box::pin(async { answer })
    }
}

fn replayed(answer: &Answer) -> Result<http::Response<Body>> {
    let Some(status) = answer.status else { return Err(answer.failure()) };
    let body = match answer.complete {
        true => Body::from(answer.body.clone()),
        false => {
            let pieces = [Ok(answer.body.clone()), Err(answer.failure())];
            Body::from_stream(stream::iter(pieces))
        }
    };
    let mut response = http::Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = answer.headers.clone();
    Ok(response)
}

/// Reads the case in this folder, or else those in the folders below, by name.
fn read(root: &Path, folder: &Path, cases: &mut Vec<Case>) -> Result<()> {
    let request = folder.join(REQUEST);
    if request.is_file() {
        let name = folder.strip_prefix(root).unwrap_or(folder).display().to_string();
        let in_case = |error: Error| {
            Error::new(error.kind(), format!("{}: {error}", folder.display())).caused_by(error)
        };
        let asked = Asked::read(&fs::read_to_string(&request)?).map_err(in_case)?;
        let answer = Answer::read(folder).map_err(in_case)?;
        cases.push(Case { name, asked, answer });
        return Ok(());
    }
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // No links: they may lead in a circle.
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    folders.sort_unstable();
    folders.iter().try_for_each(|folder| read(root, folder, cases))
}
