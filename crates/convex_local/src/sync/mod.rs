//! Live queries: the WebSocket half of Convex's client protocol.
//!
//! - [`live`]: results of queries, shared by all clients with the same query and kept until a commit can
//!   have changed them.
//! - [`snapshot`]: brings all queries of one client to the same moment.
//! - [`query_set`]: the subscriptions of one client, and the version book-keeping. No I/O.
//! - [`arguments`]: the arguments of a call, as text.
//! - [`session`]: the loop of one socket; [`receiving`], [`sending`]: its two halves.
//! - [`request`]: a call that waits for its turn.
//! - [`requests`]: mutations of a client session, each run once however often it is sent.
//! - [`bounds`]: the bounds on the load by one client.
//! - [`sockets`]: how many sockets one address may have; [`waiting`]: how many bytes of messages,
//!   requests and transitions.
//! - [`client_message`], [`message`]: the messages of the client and of the server.
//!
//! Behaviour follows Convex's sync worker (`crates/sync`, `crates/local_backend/src/subs`).

mod answer;
mod arguments;
mod bounds;
mod chunk;
mod client_message;
mod entry;
mod error;
mod live;
mod liveness;
mod message;
mod query_set;
mod receiving;
mod request;
mod requests;
mod sending;
mod session;
mod snapshot;
mod socket;
mod sockets;
mod spec;
mod tracked;
mod waiting;
mod wire;

pub(crate) use answer::{Answer, AnswerError};
pub(crate) use arguments::Arguments;
pub(crate) use bounds::Turns;
pub(crate) use live::LiveQueries;
pub(crate) use message::{decode_ts, encode_ts};
pub(crate) use requests::{MutationReply, SessionRequests};
pub(crate) use socket::{ClientVersion, Upgrade};
pub use sockets::ClientAddress;
pub(crate) use sockets::Sockets;
pub(crate) use spec::{CallSpec, parse_path};
pub(crate) use waiting::Waiting;
