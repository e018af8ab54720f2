//! The seam between the client and what carries its requests.

use bytes::Bytes;
use futures_core::future::BoxFuture;
use runnable_core::Result;

use super::body::HttpBody;

/// Carries a request to a service, and brings the answer: one attempt, without retries and time
/// limits, which are the client's.
///
/// The client has one that uses the network, one that [records](crate::HttpClientBuilder::record),
/// and one that [replays](crate::HttpClientBuilder::replay). Write another to sign requests, to pass
/// them through a gateway of your own, or for a test:
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
/// let answer = client.post("echo").json(&[1, 2, 3]).send().await?;
/// assert_eq!(answer.json::<Vec<u64>>().await?, [1, 2, 3]);
/// # Ok(())
/// # }
/// ```
pub trait Transport: Send + Sync + 'static {
    /// Sends a request; the future is ready when status and headers of the answer are there.
    ///
    /// An answer of any status is an answer. Dropping the future, or the body, gives the request up.
    ///
    /// # Errors
    ///
    /// Of kind [`Connection`](runnable_core::ErrorKind::Connection) if no answer came, which the
    /// client may try again, unless it is not [transient](runnable_core::Error::with_transient); of any
    /// other kind if trying again makes no sense.
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<HttpBody>>>;
}
