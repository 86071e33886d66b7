//! The calls that actions make, each a transaction or an action of its own, and function handles.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::{Answer, Args, parse};
use crate::functions::error::FunctionError;
use crate::functions::folder::{Address, Kind};
use crate::functions::running::{Call, Context, Run};

#[derive(Deserialize)]
struct ActionCall {
    args: Args,
    #[serde(flatten)]
    address: Address,
}

/// Returns the call that an action makes.
pub(super) fn begin(
    context: &Context,
    run: &Run,
    kind: Kind,
    args: &str,
) -> Result<Call, FunctionError> {
    if matches!(run.call.kind(), Some(Kind::Query | Kind::Mutation)) {
        return Err(FunctionError::new(
            "Only actions can call functions this way",
        ));
    }
    let ActionCall { args, address } = serde_json::from_str(args)
        .map_err(|error| FunctionError::new(format!("Invalid arguments of a call: {error}")))?;
    let args = args.into_object()?;
    let function = context.catalog.resolve(run.call.mount(), &address)?;
    function.expect(kind)?;
    Ok(run.call.inner(Arc::clone(function), args))
}

/// Returns `createFunctionHandle()`.
pub(super) fn handle(context: &Context, run: &Run, args: &str) -> Answer {
    let address: Address = parse(args)?;
    let function = context.catalog.resolve(run.call.mount(), &address)?;
    Ok(Json::from(function.handle()).to_string())
}
