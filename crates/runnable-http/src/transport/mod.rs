//! The transport, which sends one attempt of a request, and its implementation for the network.

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
