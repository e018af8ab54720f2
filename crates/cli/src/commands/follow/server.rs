//! The server of a page, on the loopback interface.

use std::{convert::Infallible, net::Ipv4Addr, sync::Arc, time::Duration};

use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};

use super::{answer::answer, followed_page::FollowedPage};
use crate::exit::{Failure, Result};

/// The maximum number of connections. A tab of a browser needs one or two.
const CONNECTIONS: usize = 32;

/// The maximum size of the head of a request in bytes.
const HEAD_BYTES: usize = 16 * 1024;

/// The maximum time of a connection. It answers one request, so that a browser that is silent does
/// not keep others out.
const LONGEST_CONNECTION: Duration = Duration::from_secs(30);

/// The pause after an error of the operating system, such as too many open files.
const PAUSE: Duration = Duration::from_millis(100);

/// Reserves a port of the loopback interface, and returns its number. Port 0 selects a free port.
pub(super) async fn listen(port: u16) -> Result<(TcpListener, u16)> {
    let failed = |error| {
        Failure::new(format!(
            "failed to listen on 127.0.0.1:{port}: {error}; choose another port with `--port`, or \
             omit `--port` to use a free port"
        ))
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    Ok((listener, port))
}

/// Answers requests until the task is aborted.
pub(super) async fn serve(listener: TcpListener, port: u16, page: Arc<FollowedPage>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    // The semaphore is never closed.
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        let Ok((stream, _)) = listener.accept().await else {
            sleep(PAUSE).await;
            continue;
        };
        let page = Arc::clone(&page);
        tokio::spawn(async move {
            connected(stream, port, &page).await;
            drop(place);
        });
    }
}

/// Answers the request of a connection.
async fn connected(stream: TcpStream, port: u16, page: &FollowedPage) {
    let service = service_fn(async |request: Request<Incoming>| {
        // The body of a request has no meaning here, and is dropped without being read.
        let (head, _) = request.into_parts();
        Ok::<_, Infallible>(answer(&head, port, page).await)
    });
    let connection = http1::Builder::new()
        .keep_alive(false)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    // An error means that the browser has closed the connection, or does not speak HTTP.
    let _ = timeout(LONGEST_CONNECTION, connection).await;
}
