//! Records what passes through another transport.

use std::{path::PathBuf, sync::Arc};

use bytes::Bytes;
use futures_core::{Stream, future::BoxFuture};
use futures_util::{StreamExt, stream};
use runnable_core::Result;

use super::{recorded_request::Asking, tape::Tape, writer::Writer};
use crate::transport::{HttpBody, Transport};

/// Records what passes through another transport.
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
        let (asking, writer) = (Asking::of(&request), Arc::clone(&self.writer));
        let answer = self.transport.send(request);
        Box::pin(async move {
            let mut tape = Tape::begin(writer, asking).await;
            let answer = match answer.await {
                Ok(answer) => answer,
                Err(error) => {
                    tape.fail(&error).await;
                    return Err(error);
                }
            };
            tape.answered(answer.status(), answer.headers()).await;
            Ok(answer.map(|body| HttpBody::from_stream(recorded(body, tape))))
        })
    }
}

/// A body that is written down as it is read.
fn recorded(body: HttpBody, tape: Tape) -> impl Stream<Item = Result<Bytes>> + Send {
    stream::unfold(Some((body, tape)), |reading| async {
        let (mut body, tape) = reading?;
        match body.next().await {
            Some(Ok(piece)) => {
                tape.write(piece.clone()).await;
                Some((Ok(piece), Some((body, tape))))
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
