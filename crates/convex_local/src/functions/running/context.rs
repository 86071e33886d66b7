//! The context of the calls of a loaded folder.

use std::sync::Arc;

use super::admission::Admission;
use crate::auth::Signer;
use crate::files::Files;
use crate::functions::config::FunctionsConfig;
use crate::functions::folder::Catalog;
use crate::store::Store;

/// The parts that all loads of a folder share.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) config: FunctionsConfig,
    pub(crate) store: Store,
    pub(crate) files: Files,
    pub(crate) admission: Admission,
    pub(crate) signer: Signer,
}

/// A loaded folder and the data of its functions. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    pub(crate) host: Arc<Host>,
    pub(crate) catalog: Arc<Catalog>,
}
