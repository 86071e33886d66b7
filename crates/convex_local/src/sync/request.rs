//! A mutation or action of a client that waits for its turn.

use super::arguments::{Arguments, invalid_arguments};
use super::spec::CallSpec;
use super::waiting::Held;
use crate::functions::FunctionError;
use crate::who::Who;

/// A mutation or action to run.
pub(super) struct Request {
    pub(super) id: u32,
    pub(super) path: String,
    /// As received, because parsed arguments can take many times the memory.
    pub(super) args: String,
    pub(super) who: Who,
    /// Held until the request is done.
    pub(super) held: Held,
}

impl Request {
    /// Reads the arguments.
    pub(super) fn into_spec(self) -> Result<(CallSpec, Held), FunctionError> {
        let refused = |why: String| FunctionError::new(invalid_arguments(&self.path, &why));
        let args = Arguments::from_text(&self.args).map_err(refused)?;
        let spec = CallSpec::new(self.path, args, None).asked_by(&self.who);
        Ok((spec, self.held))
    }
}
