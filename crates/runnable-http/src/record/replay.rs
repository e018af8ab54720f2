//! Answers requests from recordings.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures_core::future::BoxFuture;
use futures_util::stream;
use runnable_core::{Error, ErrorKind, Result};
use tokio::runtime::Handle;

use super::{
    case::{BODY, Head, PART, REQUEST, RESPONSE, number_of},
    difference::Difference,
    recorded_request::Asked,
};
use crate::{
    origin::RequestInfo,
    transport::{HttpBody, Transport},
};

/// Answers requests from recordings.
pub(crate) struct Replay {
    folder: PathBuf,
    cases: Vec<Case>,
    /// The number of recordings that are not complete.
    skipped: usize,
    /// How often each case has answered.
    used: Mutex<Vec<u32>>,
}

struct Case {
    name: String,
    asked: Asked,
    answer: Arc<Head>,
    /// The file of the body, and how long it is: it is read when it is asked for, so that a folder
    /// of long answers is not held in memory.
    body: PathBuf,
    length: u64,
}

/// From so many bytes on, a body is read on a thread for blocking work: 256 KiB.
const LONG: u64 = 256 << 10;

impl Replay {
    pub(crate) fn load(folder: &Path) -> Result<Self> {
        let mut found = Found::default();
        found.read(folder, folder).map_err(|why| {
            let message = format!("cannot replay from {}: {why}", folder.display());
            Error::new(ErrorKind::InvalidInput, message)
        })?;
        let Found { cases, incomplete } = found;
        for why in &incomplete {
            tracing::warn!("skip a recording that is not complete: {why}");
        }
        if let (true, Some(why)) = (cases.is_empty(), incomplete.first()) {
            let folder = folder.display();
            let message = format!("cannot replay from {folder}: no recording is complete: {why}");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let used = Mutex::new(vec![0; cases.len()]);
        Ok(Self { folder: folder.to_owned(), cases, skipped: incomplete.len(), used })
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
    fn missing(&self, origin: &RequestInfo, asked: &Asked) -> Error {
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
        let what = match self.skipped {
            0 => what,
            count => format!("{what}; {count} incomplete recordings were skipped"),
        };
        origin.failure(ErrorKind::NotFound, what)
    }
}

impl Transport for Replay {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<HttpBody>>> {
        let asked = Asked::of(&request);
        let Some(case) = self.find(&asked) else {
            let missing = self.missing(&RequestInfo::of(&request), &asked);
            return Box::pin(async { Err(missing) });
        };
        let (answer, body, length) = (Arc::clone(&case.answer), case.body.clone(), case.length);
        Box::pin(async move {
            let body = match answer.status {
                Some(_) => body_of(body, length).await?,
                None => return Err(answer.failure()),
            };
            Ok(replayed(&answer, body))
        })
    }
}

/// The recorded body. A short one is read at once.
async fn body_of(file: PathBuf, length: u64) -> Result<Bytes> {
    let read = move || {
        let body = fs::read(&file).map_err(|error| {
            let message = format!("cannot replay {}: {error}", file.display());
            Error::new(ErrorKind::InvalidInput, message).with_source(error)
        })?;
        Ok(Bytes::from(body))
    };
    match Handle::try_current() {
        Ok(runtime) if length >= LONG => {
            runtime.spawn_blocking(read).await.map_err(Error::other)?
        }
        _ => read(),
    }
}

fn replayed(answer: &Head, body: Bytes) -> http::Response<HttpBody> {
    let body = match answer.complete {
        true => HttpBody::from(body),
        false => {
            let pieces = [Ok(body), Err(answer.failure())];
            HttpBody::from_stream(stream::iter(pieces))
        }
    };
    let mut response = http::Response::new(body);
    *response.status_mut() = answer.status.unwrap_or_default();
    *response.headers_mut() = answer.headers.clone();
    response
}

/// The recordings in a folder.
#[derive(Default)]
struct Found {
    cases: Vec<Case>,
    /// Which recordings are not complete, and why: a program was killed while it wrote them.
    incomplete: Vec<String>,
}

impl Found {
    /// Reads the case in this folder, or else those in the folders below, by number and by name.
    fn read(&mut self, root: &Path, folder: &Path) -> std::result::Result<(), String> {
        let in_folder = |error: io::Error| format!("{}: {error}", folder.display());
        if folder != root && folder.to_string_lossy().ends_with(PART) {
            self.incomplete.push(format!("{} was never completed", folder.display()));
            return Ok(());
        }
        if folder.join(REQUEST).is_file() {
            match Case::read(root, folder) {
                Ok(case) => self.cases.push(case),
                Err(Unusable { is_cut: true, why }) => self.incomplete.push(why),
                Err(Unusable { why, .. }) => return Err(why),
            }
            return Ok(());
        }
        let mut folders = Vec::new();
        for entry in fs::read_dir(folder).map_err(in_folder)? {
            let entry = entry.map_err(in_folder)?;
            // No links: they may lead in a circle.
            if entry.file_type().map_err(in_folder)?.is_dir() {
                let number = number_of(&entry.file_name().to_string_lossy());
                folders.push((number.unwrap_or(u64::MAX), entry.path()));
            }
        }
        folders.sort_unstable();
        folders.iter().try_for_each(|(_, folder)| self.read(root, folder))
    }
}

/// Why a recording cannot be read.
struct Unusable {
    /// Whether it lacks something, and the rest of it is right.
    is_cut: bool,
    why: String,
}

impl Case {
    fn read(root: &Path, folder: &Path) -> std::result::Result<Self, Unusable> {
        let unusable = |file: &str, is_cut: bool, error: &dyn fmt::Display| {
            let why = format!("{}: {error}, in `{file}`", folder.display());
            Unusable { is_cut, why }
        };
        let missing = |file, error: io::Error| {
            unusable(file, error.kind() == io::ErrorKind::NotFound, &error)
        };
        let text = |file| fs::read_to_string(folder.join(file)).map_err(|it| missing(file, it));
        let is_cut = |error: &serde_json::Error| error.is_eof();
        let asked = Asked::read(&text(REQUEST)?)
            .map_err(|error| unusable(REQUEST, is_cut(&error), &error))?;
        let answer = Head::read(&text(RESPONSE)?)
            .map_err(|error| unusable(RESPONSE, is_cut(&error), &error))?;
        let body = folder.join(BODY);
        let length = match answer.status {
            Some(_) => fs::metadata(&body).map_err(|error| missing(BODY, error))?.len(),
            None => 0,
        };
        let name = folder.strip_prefix(root).unwrap_or(folder).display().to_string();
        Ok(Self { name, asked, answer: Arc::new(answer), body, length })
    }
}
