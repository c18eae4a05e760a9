//! Corpora and models from elsewhere: what they are, where they lie once fetched, and how they are fetched.
//!
//! [`Manifest`] says of each corpus where it comes from, how large it is, its checksum and its licence. [`DataFolder`]
//! is where fetched corpora lie; [`Hub`] is the model hub as its users' environment describes it, and its cache. With the
//! feature `network`, `fetch_corpus` and `fetch_model` bring what is missing: what a server sends is checked before it
//! is unpacked, what is unpacked appears whole or not at all, and what is interrupted goes on where it was.

mod digest;
mod error;
mod hub;
mod lock;
mod manifest;
mod place;
mod record;

#[cfg(feature = "network")]
mod corpus;
#[cfg(feature = "network")]
mod net;
#[cfg(feature = "network")]
mod progress;
#[cfg(feature = "network")]
mod unpack;

pub use digest::Digest;
pub use error::{FetchError, Remedy};
pub use hub::{Environment, Hub, ModelName, Snapshot};
pub use lock::Lock;
pub use manifest::{Corpus, Download, Format, MANIFEST_VARIABLE, Manifest, Unpack};
pub use place::{DATA_VARIABLE, DataFolder, There};
pub use record::{Downloaded, Record, Stored};

#[cfg(feature = "network")]
pub use corpus::{Fetched, fetch_corpus};
#[cfg(feature = "network")]
pub use hub::fetch_model;
#[cfg(feature = "network")]
pub use net::{Client, Part, Patience, TIMEOUT_VARIABLE, Wanted, download};
#[cfg(feature = "network")]
pub use progress::{OnStderr, Silent, Watch};
#[cfg(feature = "network")]
pub use unpack::unpack;
