//! Replays a case.

use std::{io, time::Duration};

use runnable_chat::ChatModel;
use runnable_core::{Error, ErrorKind, Result};
use runnable_http::HttpRetryPolicy;
use runnable_testing::server::{FakeServer, Reply};
use serde_json::Value;
use tokio::time::timeout;

use crate::{Case, Difference, Observation, catalog::Catalog, compare, cut::Cut, request};

/// The time limit of a call. The server is on this machine and sends its response immediately.
const LIMIT: Duration = Duration::from_secs(30);

/// Replays a case once for each way to split the response, and returns all differences from the
/// expected result. Returns `None` if no provider crate supports the API of the case.
pub(crate) async fn replay(
    case: &Case,
    catalog: &dyn Catalog,
    seed: u64,
) -> Option<Vec<Difference>> {
    match replayed(case, catalog, seed).await {
        Ok(differences) => differences,
        Err(error) => Some(vec![Difference::text("replay", "a call", error.to_string())]),
    }
}

async fn replayed(
    case: &Case,
    catalog: &dyn Catalog,
    seed: u64,
) -> Result<Option<Vec<Difference>>> {
    let cuts: Vec<_> = [Cut::Whole].into_iter().chain(Cut::all(case.body.len(), seed)).collect();
    let replies = cuts.iter().map(|cut| reply(case, *cut));
    // Use the same server for all calls. Errors contain the address of the server, so they would
    // differ otherwise.
    let server = FakeServer::script(replies).await.map_err(not_started)?;
    let Some(model) = catalog.model(case, &server.url(), HttpRetryPolicy::none())? else {
        return Ok(None);
    };
    let mut observations = Vec::new();
    for cut in &cuts {
        let observed = call(case, &model).await;
        let whole = observations.first().unwrap_or(&observed);
        if let Some(difference) = observed.difference(whole) {
            let mut differences = compare(case, whole);
            let expected = "the same result as without cuts";
            differences.push(Difference::text(&cut.name(), expected, difference));
            return Ok(Some(differences));
        }
        observations.push(observed);
    }
    let mut differences =
        observations.first().map(|whole| compare(case, whole)).unwrap_or_default();
    differences.extend(tried_again(case, catalog).await?);
    Ok(Some(differences))
}

/// Calls the model once with the request of the case.
async fn call(case: &Case, model: &ChatModel) -> Observation {
    let (prompt, options) = request::rebuilt(&case.request);
    let model = model.clone().with_options(options);
    let call = Observation::make(model, prompt, case.is_streamed());
    let late =
        || Error::new(ErrorKind::Timeout, format!("the call did not complete within {LIMIT:?}"));
    timeout(LIMIT, call).await.unwrap_or_else(|_| Observation::of_error(late()))
}

/// Checks that the model retries an error exactly if the service's own client retries it. Returns a
/// difference if it does not.
async fn tried_again(case: &Case, catalog: &dyn Catalog) -> Result<Option<Difference>> {
    let error = case.expected.get("error");
    let Some(expected) = error.and_then(|error| error["sdk_should_retry"].as_bool()) else {
        return Ok(None);
    };
    // Skip errors about an exhausted quota. The provider crates deliberately do not retry after
    // such an error, because a retry would fail.
    if error.is_some_and(|error| error["code"] == "insufficient_quota") {
        return Ok(None);
    }
    // Remove the delay that the service requested, so that the test does not have to wait.
    let mut impatient = case.clone();
    impatient.headers.retain(|(name, _)| !name.to_ascii_lowercase().starts_with("retry-after"));
    let server = FakeServer::script([reply(&impatient, Cut::Whole)]).await.map_err(not_started)?;
    let retry =
        HttpRetryPolicy::default().max_attempts(2).initial_backoff(Duration::from_millis(1));
    let Some(model) = catalog.model(&impatient, &server.url(), retry)? else { return Ok(None) };
    call(&impatient, &model).await;
    let tried = server.requests().len() > 1;
    Ok((tried != expected).then(|| {
        let expected = Value::Bool(expected);
        Difference::new("error.sdk_should_retry", &expected, &Value::Bool(tried))
    }))
}

fn not_started(error: io::Error) -> Error {
    Error::wrap(ErrorKind::Other, error)
}

/// Returns a reply with the recorded response, split into chunks.
fn reply(case: &Case, cut: Cut) -> Reply {
    let headers = case.headers.iter();
    let reply =
        headers.fold(Reply::new(case.status), |reply, (name, value)| reply.header(name, value));
    match cut {
        Cut::Whole => reply.piece(&case.body),
        // Use chunked encoding. Without it, the client may receive several writes of the server in
        // one read.
        cut => cut.pieces(&case.body).into_iter().fold(reply.chunked(), Reply::piece),
    }
}
