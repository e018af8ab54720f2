//! [`Replay`]: a transport that answers requests from recordings.

use std::{
    collections::HashMap,
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
    recorded_request::RecordedRequest,
};
use crate::{
    origin::RequestInfo,
    transport::{HttpBody, Transport},
};

/// A transport that answers requests from recordings. Each recording is called a case.
pub(crate) struct Replay {
    folder: PathBuf,
    cases: Vec<Case>,
    /// The number of incomplete recordings that were skipped.
    skipped: usize,
    /// The cases of each request. Comparing a request with each case would take quadratic time for a
    /// folder of many recordings.
    matches: Mutex<HashMap<Arc<RecordedRequest>, Matches>>,
}

/// The cases with the same request.
#[derive(Default)]
struct Matches {
    /// The positions of the cases, in the order in which they are used.
    places: Vec<usize>,
    /// The number of cases that were used.
    used: usize,
}

struct Case {
    name: String,
    request: Arc<RecordedRequest>,
    response: Arc<Head>,
    /// The file of the body. It is read only when it is needed, so that a folder of long responses
    /// is not held in memory.
    body: PathBuf,
    length: u64,
}

/// The minimum size, in bytes, of a body that is read on a thread for blocking work.
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
            tracing::warn!("skipping an incomplete recording: {why}");
        }
        if let (true, Some(why)) = (cases.is_empty(), incomplete.first()) {
            let folder = folder.display();
            let message =
                format!("cannot replay from {folder}: all recordings are incomplete: {why}");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let mut matches = HashMap::<_, Matches>::new();
        for (place, case) in cases.iter().enumerate() {
            matches.entry(Arc::clone(&case.request)).or_default().places.push(place);
        }
        let (folder, matches) = (folder.to_owned(), Mutex::new(matches));
        Ok(Self { folder, cases, skipped: incomplete.len(), matches })
    }

    /// Returns the first case for this request that was not used yet. If all were used, returns the
    /// last one.
    fn find(&self, wanted: &RecordedRequest) -> Option<&Case> {
        let mut matches = self.matches.lock().unwrap_or_else(PoisonError::into_inner);
        let Matches { places, used } = matches.get_mut(wanted)?;
        let place = places.get(*used).or(places.last())?;
        *used = places.len().min(*used + 1);
        self.cases.get(*place)
    }

    /// Creates the error for a request that has no recording. The error names the closest
    /// recording.
    fn missing(&self, origin: &RequestInfo, wanted: &RecordedRequest) -> Error {
        let folder = self.folder.display();
        let same_path =
            |case: &&Case| case.request.method == wanted.method && case.request.path == wanted.path;
        let closest = self
            .cases
            .iter()
            .filter(same_path)
            .map(|case| (case, Difference::between(&case.request.body, &wanted.body)))
            .min_by_key(|(_, difference)| difference.places);
        let message = match closest {
            Some((case, Difference { first: Some(first), .. })) => format!(
                "no recording in {folder} matches the body of {origin}; the closest is {}, which differs at {first}",
                case.name
            ),
            _ => {
                let mut requests: Vec<_> = self
                    .cases
                    .iter()
                    .map(|case| format!("{} {}", case.request.method, case.request.path))
                    .collect();
                requests.sort_unstable();
                requests.dedup();
                let requests = match requests.len() {
                    0 => "the folder has no recordings".to_owned(),
                    1..=10 => format!("recorded requests: {}", requests.join(", ")),
                    count => format!("it has recordings of {count} other requests"),
                };
                format!("no recording of {} {} in {folder}; {requests}", wanted.method, wanted.path)
            }
        };
        let message = match self.skipped {
            0 => message,
            count => format!("{message}; {count} incomplete recordings were skipped"),
        };
        origin.failure(ErrorKind::NotFound, message)
    }
}

impl Transport for Replay {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<HttpBody>>> {
        let wanted = RecordedRequest::of(&request);
        let Some(case) = self.find(&wanted) else {
            let missing = self.missing(&RequestInfo::of(&request), &wanted);
            return Box::pin(async { Err(missing) });
        };
        let (response, body, length) = (Arc::clone(&case.response), case.body.clone(), case.length);
        Box::pin(async move {
            let body = match response.status {
                Some(_) => body_of(body, length).await?,
                None => return Err(response.failure()),
            };
            Ok(replayed(&response, body))
        })
    }
}

/// Reads the body of a recording. A short body is read on the current thread.
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

fn replayed(response: &Head, body: Bytes) -> http::Response<HttpBody> {
    let body = if response.complete {
        HttpBody::from(body)
    } else {
        let pieces = [Ok(body), Err(response.failure())];
        HttpBody::from_stream(stream::iter(pieces))
    };
    let mut replayed = http::Response::new(body);
    *replayed.status_mut() = response.status.unwrap_or_default();
    *replayed.headers_mut() = response.headers.clone();
    replayed
}

/// The recordings in a folder.
#[derive(Default)]
struct Found {
    cases: Vec<Case>,
    /// A message for each incomplete recording. Its program was killed while it wrote the
    /// recording.
    incomplete: Vec<String>,
}

impl Found {
    /// Reads the case in this folder. If the folder is not a case, reads the cases in its
    /// subfolders, in the order of their numbers and names.
    fn read(&mut self, root: &Path, folder: &Path) -> std::result::Result<(), String> {
        let in_folder = |error: io::Error| format!("{}: {error}", folder.display());
        if folder != root && folder.to_string_lossy().ends_with(PART) {
            self.incomplete.push(format!("{} was not completed", folder.display()));
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
            // Skip links, because they may form a cycle.
            if entry.file_type().map_err(in_folder)?.is_dir() {
                let number = number_of(&entry.file_name().to_string_lossy());
                folders.push((number.unwrap_or(u64::MAX), entry.path()));
            }
        }
        folders.sort_unstable();
        folders.iter().try_for_each(|(_, folder)| self.read(root, folder))
    }
}

/// The reason why a recording cannot be read.
struct Unusable {
    /// Whether the recording is incomplete and otherwise valid.
    is_cut: bool,
    why: String,
}

impl Case {
    fn read(root: &Path, folder: &Path) -> std::result::Result<Self, Unusable> {
        let unusable = |file: &str, is_cut: bool, error: &dyn fmt::Display| {
            let why = format!("{}/{file}: {error}", folder.display());
            Unusable { is_cut, why }
        };
        let missing = |file, error: io::Error| {
            unusable(file, error.kind() == io::ErrorKind::NotFound, &error)
        };
        let text =
            |file| fs::read_to_string(folder.join(file)).map_err(|error| missing(file, error));
        let is_cut = |error: &serde_json::Error| error.is_eof();
        let request = RecordedRequest::read(&text(REQUEST)?)
            .map_err(|error| unusable(REQUEST, is_cut(&error), &error))?;
        let response = Head::read(&text(RESPONSE)?)
            .map_err(|error| unusable(RESPONSE, is_cut(&error), &error))?;
        let body = folder.join(BODY);
        let length = match response.status {
            Some(_) => fs::metadata(&body).map_err(|error| missing(BODY, error))?.len(),
            None => 0,
        };
        let name = folder.strip_prefix(root).unwrap_or(folder).display().to_string();
        let (request, response) = (Arc::new(request), Arc::new(response));
        Ok(Self { name, request, response, body, length })
    }
}
