//! A call: a function and its caller. A mutation that meets a conflict has several runs.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::auth::Identity;
use crate::functions::error::FunctionError;
use crate::functions::folder::{Function, Kind, Tables};
use crate::functions::request::Request;
use crate::store::{ComponentPath, Transaction, WorkKind};

/// An existing function or HTTP action, and everything needed to run it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) what: What,
    pub(crate) identity: Option<Identity>,
    pub(crate) request: Request,
    /// How many calls this one is nested in.
    pub(crate) depth: usize,
}

/// The code that a call runs.
#[derive(Clone, Debug)]
pub(crate) enum What {
    /// A function that has a path, and its argument object.
    Function(Arc<Function>, Arc<Json>),
    /// An HTTP action of the component's router.
    Http(Arc<HttpAction>),
}

/// An HTTP action before the router has run.
#[derive(Debug)]
pub(crate) struct HttpAction {
    pub(crate) component: ComponentPath,
    /// The component path as text, `""` for the app.
    pub(crate) mount: String,
    pub(crate) definition: usize,
    /// The path as the component's router sees it.
    pub(crate) route: String,
    /// Method and route, for logs.
    pub(crate) label: String,
    /// Method, address and headers, for the runner.
    pub(crate) request: Json,
}

impl Call {
    /// Creates a call that comes from a client or the scheduler.
    pub(crate) fn outermost(
        function: Arc<Function>,
        args: Arc<Json>,
        identity: Option<Identity>,
        request: Request,
    ) -> Self {
        Self {
            what: What::Function(function, args),
            identity,
            request,
            depth: 0,
        }
    }

    /// Returns a call that this one makes.
    pub(crate) fn inner(&self, function: Arc<Function>, args: Json) -> Self {
        Self {
            what: What::Function(function, Arc::new(args)),
            identity: self.identity.clone(),
            request: self.request.clone(),
            depth: self.depth + 1,
        }
    }

    /// Returns where the component is mounted, as text: `""` for the app.
    pub(crate) fn mount(&self) -> &str {
        match &self.what {
            What::Function(function, _) => &function.mount,
            What::Http(action) => &action.mount,
        }
    }

    /// Returns the component whose code runs.
    pub(crate) fn component(&self) -> &ComponentPath {
        match &self.what {
            What::Function(function, _) => &function.component,
            What::Http(action) => &action.component,
        }
    }

    /// Parses the result that the process sends. An HTTP action has already sent its response by then.
    ///
    /// # Errors
    /// When it is not valid JSON.
    pub(crate) fn read_result(&self, json: &str) -> Result<Json, FunctionError> {
        match &self.what {
            What::Function(function, _) => function.signature.read_result(json),
            What::Http(_) => Ok(Json::Null),
        }
    }

    /// Returns its name in logs.
    pub(crate) fn label(&self) -> String {
        match &self.what {
            What::Function(function, _) => function.label(),
            What::Http(action) => action.label.clone(),
        }
    }

    /// Returns the kind of function; `None` for an HTTP action.
    pub(crate) fn kind(&self) -> Option<Kind> {
        match &self.what {
            What::Function(function, _) => Some(function.kind),
            What::Http(_) => None,
        }
    }

    /// Returns the path within its component; method and route of an HTTP action.
    pub(crate) fn path(&self) -> &str {
        match &self.what {
            What::Function(function, _) => &function.path,
            What::Http(action) => &action.label,
        }
    }

    /// Returns the kind of work, for conflicts.
    pub(crate) fn work_kind(&self) -> Option<WorkKind> {
        match &self.what {
            What::Function(function, args) => Some(function.work_kind(args)),
            What::Http(_) => None,
        }
    }

    /// Checks the arguments. `by_mutation` says that a mutation makes the call in its transaction.
    ///
    /// # Errors
    /// When they do not match the function's validators.
    pub(crate) fn check_args(
        &self,
        transaction: &Transaction,
        by_mutation: bool,
    ) -> Result<(), FunctionError> {
        match &self.what {
            What::Function(function, args) => {
                let tables = self.tables(transaction, by_mutation);
                function.signature.check_args(args, &tables)
            }
            What::Http(_) => Ok(()),
        }
    }

    /// Checks the result.
    ///
    /// # Errors
    /// When it does not match the function's validator.
    pub(crate) fn check_returns(
        &self,
        value: &Json,
        transaction: &Transaction,
    ) -> Result<(), FunctionError> {
        match &self.what {
            What::Function(function, _) => {
                // A query that a mutation calls may return the commit time from the mutation's writes.
                let commits = self.depth > 0 || self.kind() == Some(Kind::Mutation);
                let tables = self.tables(transaction, commits);
                function.signature.check_returns(value, &tables)
            }
            What::Http(_) => Ok(()),
        }
    }

    fn tables<'a>(&'a self, transaction: &'a Transaction, commits: bool) -> Tables<'a> {
        Tables {
            component: self.component(),
            transaction,
            commits,
        }
    }
}
