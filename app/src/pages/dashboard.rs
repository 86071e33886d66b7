//! `/dashboard`: the signed-in user and their todos, in the first paint and live from there on.

use leptos::prelude::*;
use leptos_better_auth::{PreloadedAuthQuery, preload_auth_query, use_preloaded_auth_query};
use leptos_convex::{AuthLoading, Authenticated, Unauthenticated, value::to_value};

use crate::{
    api::{self, auth::CurrentUser, todos::Todo},
    components::{
        Broken, PageTitle, SignOutForm, TodoPanel, Unauthorized, Unavailable, use_current_user,
    },
};

/// The dashboard.
#[component]
pub fn DashboardPage() -> impl IntoView {
    view! {
        <PageTitle text="Dashboard"/>
        <Authenticated>
            <Preloading/>
        </Authenticated>
        <AuthLoading>
            <Unavailable/>
        </AuthLoading>
        <Unauthenticated>
            <Unauthorized/>
        </Unauthenticated>
    }
}

/// Asks for user and todos at the same time, on the server before anything is sent.
#[component]
fn Preloading() -> impl IntoView {
    let user = use_current_user();
    let todos = OnceResource::new_blocking(preload_auth_query(api::todos::list()));
    let loaded = move || {
        Suspend::new(async move {
            match (user.preloaded().await, todos.await) {
                (Ok(user), Ok(todos)) => view! { <Dashboard user todos/> }.into_any(),
                _ => view! { <Broken/> }.into_any(),
            }
        })
    };
    view! { <Suspense fallback=|| view! { <Loading/> }>{loaded}</Suspense> }
}

#[component]
fn Loading() -> impl IntoView {
    view! { <p class="waiting" role="status">"Loading..."</p> }
}

#[component]
fn Dashboard(
    /// The user, as the server saw them.
    user: PreloadedAuthQuery<Option<CurrentUser>>,
    /// Their todos, as the server saw them.
    todos: PreloadedAuthQuery<Vec<Todo>>,
) -> impl IntoView {
    let user = use_preloaded_auth_query(user);
    let todos = use_preloaded_auth_query(todos);
    // Without them there was an outage; the live connection brings them when it is over.
    let is_here = Memo::new(move |_| user.with(Option::is_some) && todos.with(Option::is_some));
    let user = Signal::derive(move || user.get().flatten());
    let todos = Signal::derive(move || todos.get().unwrap_or_default());
    view! {
        <Show when=move || is_here.get() fallback=Unavailable>
            <div class="dashboard">
                <Top user/>
                <div class="dashboard-columns">
                    <TodoPanel todos/>
                    <UserPanel user/>
                </div>
            </div>
        </Show>
    }
}

#[component]
fn Top(
    /// The signed-in user.
    user: Signal<Option<CurrentUser>>,
) -> impl IntoView {
    let name = move || user.with(|user| user.as_ref().map(|user| user.name.clone()));
    view! {
        <div class="dashboard-top">
            <div>
                <h1>"Dashboard"</h1>
                <p>"Signed in as "{name}</p>
            </div>
            <SignOutForm/>
        </div>
    }
}

#[component]
fn UserPanel(
    /// The signed-in user.
    user: Signal<Option<CurrentUser>>,
) -> impl IntoView {
    // As `JSON.stringify(user, null, 2)` prints it.
    let json = move || user.with(|user| to_value(user).map(|user| user.stringify_pretty()).ok());
    view! {
        <section class="card stack" aria-labelledby="user-title">
            <h2 id="user-title">"Your user"</h2>
            <pre class="code-block" tabindex="0" aria-labelledby="user-title">
                {json}
            </pre>
        </section>
    }
}
