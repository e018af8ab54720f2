//! [`Transport`]: the interface through which a client sends its requests.

use bytes::Bytes;
use futures_core::future::BoxFuture;
use runnable_core::Result;

use super::body::HttpBody;

/// Sends one request to a service and returns the response, without retries and time limits.
///
/// The client handles retries and time limits. This crate has a transport for the network, a
/// transport that [records](crate::HttpClientBuilder::record), and a transport that
/// [replays](crate::HttpClientBuilder::replay). Implement this trait to sign requests, to route
/// them through a gateway, or for a test:
///
/// ```
/// use runnable_http::{HttpBody, HttpClient, Transport};
/// use runnable_core::Result;
///
/// struct Echo;
///
/// impl Transport for Echo {
///     fn send(
///         &self,
///         request: http::Request<bytes::Bytes>,
///     ) -> futures::future::BoxFuture<'static, Result<http::Response<HttpBody>>> {
///         Box::pin(async move { Ok(http::Response::new(HttpBody::from(request.into_body()))) })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let client = HttpClient::builder("https://api.example.org/v1").transport(Echo).build()?;
/// let response = client.post("echo").json(&[1, 2, 3]).send().await?;
/// assert_eq!(response.json::<Vec<u64>>().await?, [1, 2, 3]);
/// # Ok(())
/// # }
/// ```
pub trait Transport: Send + Sync + 'static {
    /// Sends a request. The future completes when the status and headers of the response have
    /// arrived.
    ///
    /// A response with an error status is not an error of the transport. Dropping the future or the
    /// body must cancel the request.
    ///
    /// # Errors
    ///
    /// Return [`Connection`](runnable_core::ErrorKind::Connection) if there was no response. The
    /// client may then retry, unless the error is marked as not
    /// [transient](runnable_core::Error::with_transient). Return any other kind if a retry is
    /// pointless.
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<HttpBody>>>;
}
