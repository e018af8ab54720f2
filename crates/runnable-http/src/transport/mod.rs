//! What carries one attempt at a request: the seam, and the network on its other side.

mod body;
mod fault;
mod network;
mod pool;
mod proxy;
mod tls;
#[expect(clippy::module_inception, reason = "the noun of the file is that of the folder")]
mod transport;

pub use self::{body::HttpBody, transport::Transport};
pub(crate) use self::{
    network::Network,
    pool::{Settings, User},
    proxy::Proxy,
    tls::Trust,
};
