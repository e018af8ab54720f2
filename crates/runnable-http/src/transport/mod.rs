//! The transport, which sends one attempt of a request, and its implementation for the network.

mod body;
mod fault;
mod network;
mod pool;
mod proxy;
mod tls;
#[expect(
    clippy::module_inception,
    reason = "the main type of the folder has the same name as the folder"
)]
mod transport;

pub use self::{body::HttpBody, transport::Transport};
pub(crate) use self::{
    network::Network,
    pool::{Settings, User},
    proxy::Proxy,
    tls::Trust,
};
