//! [`Recorder`]: a transport that records the requests that pass through another transport.

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;
use futures_core::{Stream, future::BoxFuture};
use futures_util::{StreamExt, stream};
use runnable_core::Result;

use super::{recorded_request::SentRequest, tape::Tape, writer::Writer};
use crate::transport::{HttpBody, Transport};

/// Records the requests that pass through another transport.
pub(crate) struct Recorder {
    transport: Arc<dyn Transport>,
    writer: Arc<Writer>,
}

impl Recorder {
    pub(crate) fn new(transport: Arc<dyn Transport>, folder: PathBuf) -> Self {
        Self { transport, writer: Writer::of(&folder) }
    }
}

impl Transport for Recorder {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<HttpBody>>> {
        let (sent, writer) = (SentRequest::of(&request), Arc::clone(&self.writer));
        let response = self.transport.send(request);
        Box::pin(async move {
            let mut tape = Tape::begin(writer, sent).await;
            let response = match response.await {
                Ok(response) => response,
                Err(error) => {
                    tape.fail(&error).await;
                    return Err(error);
                }
            };
            tape.answered(response.status(), response.headers()).await;
            Ok(response.map(|body| HttpBody::from_stream(recorded(body, tape))))
        })
    }
}

/// Returns the same body, and records its bytes while they are read.
fn recorded(body: HttpBody, tape: Tape) -> impl Stream<Item = Result<Bytes>> + Send {
    stream::unfold(Some((body, tape)), |reading| async {
        let (mut body, tape) = reading?;
        match body.next().await {
            Some(Ok(chunk)) => {
                tape.write(chunk.clone()).await;
                Some((Ok(chunk), Some((body, tape))))
            }
            Some(Err(error)) => {
                tape.fail(&error).await;
                Some((Err(error), None))
            }
            None => {
                tape.complete().await;
                None
            }
        }
    })
}
