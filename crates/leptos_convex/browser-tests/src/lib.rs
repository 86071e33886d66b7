//! The live client with the interface of npm `convex`: a class with `onUpdate`, `mutation`, `action`, `setAuth`,
//! `clearAuth` and `close`, so that one script can drive both.
//!
//! Values are passed as text in Convex's encoded JSON.

mod examples;
mod rows;

use std::{cell::RefCell, collections::BTreeMap};

use any_spawner::Executor;
use js_sys::{Function, Promise};
use leptos::prelude::*;
use leptos_convex::{
    Action, AuthStatus, CallError, ConvexClient, InitialAuth, Mutation, Paginated,
    PaginationOptions, PaginationResult, PaginationStatus, Query, QueryState, TokenOutcome,
    UsePaginatedQuery, Value, use_paginated_query, use_query,
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// Shows one of the crate's examples.
#[wasm_bindgen(js_name = showExample)]
pub fn show_example(name: &str) {
    console_error_panic_hook::set_once();
    examples::show(name);
}

/// Shows lists of rows.
#[wasm_bindgen(js_name = showRows)]
pub fn show_rows() {
    console_error_panic_hook::set_once();
    rows::show();
}

/// A client, with a reactive owner for each of its subscriptions.
#[wasm_bindgen]
pub struct Client {
    client: ConvexClient,
    owner: Owner,
    subscriptions: RefCell<BTreeMap<u32, Owner>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").finish_non_exhaustive()
    }
}

#[wasm_bindgen]
impl Client {
    /// Creates a client of the deployment at `url`.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(url: &str) -> Self {
        console_error_panic_hook::set_once();
        // This fails if there is another client on the page.
        drop(Executor::init_wasm_bindgen());
        let client = ConvexClient::new(url);
        let owner = Owner::new_root(None);
        owner.with(|| provide_context(client.clone()));
        Self {
            client,
            owner,
            subscriptions: RefCell::default(),
        }
    }

    /// Calls `changed(kind, text)` with each state of the query: `"value"` and the encoded value, or `"error"` and
    /// the message with its data. Loading is not reported.
    #[wasm_bindgen(js_name = onUpdate)]
    pub fn on_update(&self, id: u32, path: String, args: &str, changed: Function) {
        let args = decode(args);
        let scope = self.owner.with(Owner::new);
        scope.with(|| {
            let query = use_query(move || Query::<Value>::new(path.clone(), args.clone()));
            Effect::new(move || match query.state() {
                QueryState::Ready(value) => tell(&changed, "value", &value.to_json_string()),
                QueryState::Error(error) => tell(&changed, "error", &describe(&error)),
                _ => {}
            });
        });
        self.subscriptions.borrow_mut().insert(id, scope);
    }

    /// Calls `changed("pages", text)` with each state of the paginated query: its status and items, encoded.
    /// The first page has `count` items; `load_more` asks for more of them.
    #[wasm_bindgen(js_name = onPaginatedUpdate)]
    pub fn on_paginated_update(
        &self,
        id: u32,
        path: String,
        args: &str,
        count: u32,
        changed: Function,
    ) {
        let args = decode(args);
        let scope = self.owner.with(Owner::new);
        scope.with(|| {
            let list = use_paginated_query(
                move |options| {
                    let args = WithPage {
                        args: args.clone(),
                        options,
                    };
                    Query::<PaginationResult<Value>>::new(path.clone(), args)
                },
                count,
            );
            provide_context(list);
            Effect::new(move || {
                let Paginated { items, status } = list.get();
                let status = match status {
                    PaginationStatus::LoadingFirstPage => "LoadingFirstPage",
                    PaginationStatus::LoadingMore => "LoadingMore",
                    PaginationStatus::CanLoadMore => "CanLoadMore",
                    PaginationStatus::Exhausted => "Exhausted",
                    PaginationStatus::Error(_) => "Error",
                    _ => "Another",
                };
                let state = Value::Array(vec![status.into(), Value::Array(items)]);
                tell(&changed, "pages", &state.to_json_string());
            });
        });
        self.subscriptions.borrow_mut().insert(id, scope);
    }

    /// Asks a paginated query for `count` more items.
    #[wasm_bindgen(js_name = loadMore)]
    pub fn load_more(&self, id: u32, count: u32) {
        let subscriptions = self.subscriptions.borrow();
        let list = subscriptions
            .get(&id)
            .and_then(|scope| scope.with(use_context::<UsePaginatedQuery<Value>>));
        if let Some(list) = list {
            list.load_more(count);
        }
    }

    /// Ends a subscription.
    pub fn unsubscribe(&self, id: u32) {
        if let Some(scope) = self.subscriptions.borrow_mut().remove(&id) {
            scope.cleanup();
        }
    }

    /// Runs a mutation. Returns the encoded result, or throws the message with its data.
    pub fn mutation(&self, path: String, args: &str) -> Promise {
        let result = self
            .client
            .mutation(Mutation::<Value>::new(path, decode(args)));
        future_to_promise(async move { answer(result.await) })
    }

    /// Runs an action. Returns the encoded result, or throws the message with its data.
    pub fn action(&self, path: String, args: &str) -> Promise {
        let result = self.client.action(Action::<Value>::new(path, decode(args)));
        future_to_promise(async move { answer(result.await) })
    }

    /// Calls `fetch(force)` for a token; it returns a promise of a token or of `null`. Calls
    /// `changed(is_authenticated)` when the signed-in state is first known and on each change.
    #[wasm_bindgen(js_name = setAuth)]
    pub fn set_auth(&self, fetch: Function, changed: Function) {
        self.client.set_auth(InitialAuth::Unknown, move |force| {
            let answer = fetch.call1(&JsValue::NULL, &force.into());
            async move {
                match answer.map(JsCast::unchecked_into::<Promise>) {
                    Ok(promise) => token(JsFuture::from(promise).await),
                    Err(_) => TokenOutcome::Unknown,
                }
            }
        });
        let auth = self.client.auth();
        self.owner.with(|| {
            Effect::new(move || match auth.status() {
                AuthStatus::Loading => {}
                status => {
                    let known = status == AuthStatus::Authenticated;
                    drop(changed.call1(&JsValue::NULL, &known.into()));
                }
            });
        });
    }

    /// Signs out.
    #[wasm_bindgen(js_name = clearAuth)]
    pub fn clear_auth(&self) {
        self.client.clear_auth();
    }

    /// Closes the connection.
    pub fn close(&self) {
        self.client.close();
    }
}

/// The arguments of a paginated query, together with the options that name the page.
struct WithPage {
    args: Value,
    options: PaginationOptions,
}

impl Serialize for WithPage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        if let Value::Object(args) = &self.args {
            for (name, value) in args {
                fields.serialize_entry(name, value)?;
            }
        }
        fields.serialize_entry("paginationOpts", &self.options)?;
        fields.end()
    }
}

fn token(answer: Result<JsValue, JsValue>) -> TokenOutcome {
    match answer {
        Ok(token) => token
            .as_string()
            .map_or(TokenOutcome::NoSession, TokenOutcome::Token),
        Err(_) => TokenOutcome::Unknown,
    }
}

/// Parses arguments, which come from the test's own script.
fn decode(args: &str) -> Value {
    Value::from_json_str(args).unwrap_or_default()
}

fn tell(changed: &Function, kind: &str, text: &str) {
    drop(changed.call2(&JsValue::NULL, &kind.into(), &text.into()));
}

fn answer(result: Result<Value, CallError>) -> Result<JsValue, JsValue> {
    match result {
        Ok(value) => Ok(value.to_json_string().into()),
        Err(error) => Err(describe(&error).into()),
    }
}

/// Returns the data of a `ConvexError`, or the message.
fn describe(error: &CallError) -> String {
    match error {
        CallError::Convex(error) => error.data.to_json_string(),
        other => other.to_string(),
    }
}
