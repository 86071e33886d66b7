//! Functions that actions call: each a transaction or an action of its own.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;

use super::call_state::Call;
use super::catalog::Address;
use super::live::Live;
use super::run::{self, Alone, Invocation};
use super::{FunctionError, Kind};

#[derive(Deserialize)]
struct ActionCall {
    args: Json,
    #[serde(flatten)]
    address: Address,
}

/// Runs a function on behalf of an action; its end answers system call `sequence`.
pub(crate) fn start(live: &Arc<Live>, call: &Arc<Call>, sequence: u64, kind: Kind, args: &str) {
    match invocation(live, call, kind, args) {
        Err(error) => live.answer(sequence, Err(error)),
        Ok(invocation) => {
            let live = Arc::clone(live);
            tokio::spawn(async move {
                let result = run_by_kind(&live, kind, invocation).await;
                live.answer(sequence, result.map(|value| value.to_string()));
            });
        }
    }
}

fn invocation(
    live: &Arc<Live>,
    call: &Arc<Call>,
    kind: Kind,
    args: &str,
) -> Result<Invocation, FunctionError> {
    if matches!(call.kind(), Some(Kind::Query | Kind::Mutation)) {
        return Err(FunctionError::new(
            "Only actions can call functions this way",
        ));
    }
    let ActionCall { args, address } = serde_json::from_str(args)
        .map_err(|error| FunctionError::new(format!("Invalid arguments of a call: {error}")))?;
    let function = live.catalog.resolve(call.mount(), &address)?;
    function.expect(kind)?;
    Ok(Invocation {
        function: Arc::clone(function),
        args: Arc::new(args),
        identity: call.identity.clone(),
        request: call.request.clone(),
        depth: call.depth + 1,
    })
}

async fn run_by_kind(
    live: &Arc<Live>,
    kind: Kind,
    invocation: Invocation,
) -> Result<Json, FunctionError> {
    match kind {
        Kind::Query => run::query(live, &invocation, None).await.result,
        Kind::Mutation => {
            let done = run::mutation(live, &invocation, &Alone).await?;
            Ok(done.0)
        }
        Kind::Action => run::action(live, &invocation).await,
    }
}
