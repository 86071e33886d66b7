//! `/dashboard`: the signed-in user and their todos, in the first paint and live from there on.

use std::time::Duration;

use leptos::prelude::*;
use leptos_better_auth::{
    PreloadedAuthQuery, use_preloaded_auth_query, use_session, use_suspense_auth_query,
};
use leptos_convex::{AuthLoading, Authenticated, Unauthenticated, UseQuery, value::to_value};
use leptos_router::components::A;

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
    let todos = use_suspense_auth_query(api::todos::list);
    let loaded = move || {
        Suspend::new(async move {
            match (user.preloaded().await, todos.await) {
                (Ok(user), Ok(todos)) => view! { <Dashboard user todos/> }.into_any(),
                // The session has ended, so there are no todos either.
                (Ok(user), Err(_)) if matches!(user.value(), Ok(Some(None))) => {
                    view! { <Unauthorized/> }.into_any()
                }
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
    /// Their todos, live.
    todos: UseQuery<Vec<Todo>>,
) -> impl IntoView {
    let user = use_standing_user(user);
    let state = Memo::new(
        move |_| match user.with(|user| user.as_ref().map(Option::is_some)) {
            Some(false) => State::Revoked,
            Some(true) if todos.is_ready() => State::Here,
            _ => State::Away,
        },
    );
    let user = Signal::derive(move || user.get().flatten());
    move || match state.get() {
        State::Here => view! { <Panels user todos/> }.into_any(),
        State::Away => view! { <Unavailable/> }.into_any(),
        State::Revoked => view! { <Unauthorized/> }.into_any(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// User and todos are there.
    Here,
    /// The backend does not answer; the live connection brings them when it does.
    Away,
    /// The session has ended although its token still stands.
    Revoked,
}

/// How long this page's own sign-out may take before a missing user is looked into.
const SIGN_OUT_TIME: Duration = Duration::from_secs(2);

/// The live user. When there is none any more, Better Auth is asked whether the session has ended;
/// until it says so (or this page's own sign-out is through) the user stays on screen.
fn use_standing_user(
    user: PreloadedAuthQuery<Option<CurrentUser>>,
) -> Memo<Option<Option<CurrentUser>>> {
    let live = use_preloaded_auth_query(user);
    let session = use_session();
    Effect::new(move || {
        if live.get() == Some(None) {
            let session = session.clone();
            // By then a sign-out on this page is through, and the page left.
            set_timeout(
                move || {
                    if live.try_get().is_some() {
                        session.refetch();
                    }
                },
                SIGN_OUT_TIME,
            );
        }
    });
    Memo::new(
        move |shown: Option<&Option<Option<CurrentUser>>>| match live.get() {
            Some(None) => shown.cloned().flatten().or(Some(None)),
            known => known,
        },
    )
}

#[component]
fn Panels(
    /// The signed-in user.
    user: Signal<Option<CurrentUser>>,
    /// Their todos.
    todos: UseQuery<Vec<Todo>>,
) -> impl IntoView {
    view! {
        <div class="dashboard">
            <Top user/>
            <div class="dashboard-columns">
                <TodoPanel todos/>
                <UserPanel user/>
            </div>
        </div>
    }
}

#[component]
fn Top(
    /// The signed-in user.
    user: Signal<Option<CurrentUser>>,
) -> impl IntoView {
    let name = move || user.with(|user| user.as_ref().map(|user| user.name.clone()));
    let is_guest = Memo::new(move |_| {
        user.with(|user| {
            user.as_ref()
                .is_some_and(|user| user.is_anonymous == Some(Some(true)))
        })
    });
    view! {
        <div class="dashboard-top">
            <div>
                <h1>"Dashboard"</h1>
                <p>"Signed in as "{name}</p>
                <Show when=move || is_guest.get()>
                    <p><A href="/sign-up">"Sign up"</A>" to keep your todos."</p>
                </Show>
            </div>
            <div class="dashboard-actions">
                <A href="/settings" {..} class="button quiet">"Settings"</A>
                <SignOutForm/>
            </div>
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
