//! The files of a service: uploads, downloads and deletions.

use std::time::Duration;

use runnable_core::{Error, ErrorKind, Result};
use runnable_http::{Frames, HttpClient, Multipart, NdjsonDecoder};
use serde::Deserialize;

/// How often the state of an uploaded file is requested until it is processed.
const CHECKS: u32 = 60;

/// The wait before the first of these requests. Each further wait is twice as long, up to 5 s.
const FIRST_WAIT: Duration = Duration::from_millis(100);

const LONGEST_UPLOAD: Duration = Duration::from_secs(60 * 60);

/// A file of the service.
#[derive(Debug, Deserialize)]
struct File {
    id: String,
    #[serde(default)]
    status: Option<String>,
}

impl File {
    /// Returns whether the service still reads the file. Only Azure has such states.
    fn is_pending(&self) -> bool {
        let status = self.status.as_deref().unwrap_or_default().to_ascii_lowercase();
        matches!(status.as_str(), "pending" | "running" | "notrunning")
    }

    fn has_failed(&self) -> bool {
        let status = self.status.as_deref().unwrap_or_default();
        ["error", "failed"].iter().any(|failed| status.eq_ignore_ascii_case(failed))
    }
}

/// Uploads a file with the requests of a batch, and returns its ID.
pub(super) async fn upload(http: HttpClient, requests: Vec<u8>) -> Result<String> {
    let form = Multipart::new().field("purpose", "batch").file(
        "file",
        "requests.jsonl",
        "application/jsonl",
        requests,
    );
    // The response starts when the file was uploaded, which may take long.
    let request = http.post("files").multipart(form).first_byte_at_least(LONGEST_UPLOAD);
    let mut file: File = request.send().await?.json().await?;
    let mut wait = FIRST_WAIT;
    for _ in 0..CHECKS {
        if !file.is_pending() {
            break;
        }
        tokio::time::sleep(wait).await;
        wait = (2 * wait).min(Duration::from_secs(5));
        file = http.get(&format!("files/{}", file.id)).send().await?.json().await?;
    }
    if file.has_failed() {
        let message =
            format!("the service failed to process the file {} with the requests", file.id);
        return Err(Error::new(ErrorKind::InvalidRequest, message));
    }
    Ok(file.id)
}

/// Returns the lines of a file.
pub(super) async fn lines(http: HttpClient, file: String) -> Result<Frames<NdjsonDecoder>> {
    Ok(http.get(&format!("files/{file}/content")).send().await?.ndjson())
}

/// Deletes a file. A file that does not exist is not an error.
pub(super) async fn delete(http: &HttpClient, file: &str) -> Result<()> {
    match http.delete(&format!("files/{file}")).send().await {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
