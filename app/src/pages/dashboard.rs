//! `/dashboard`: the signed-in user and their todos, complete in the first paint and live from then on.

use leptos::prelude::*;
use leptos_better_auth::preload_auth_query;
use leptos_convex::{AuthLoading, Authenticated, Preloaded, Unauthenticated};
use leptos_router::components::A;

use crate::{
    account::{SignOutForm, Unauthorized, use_current_user},
    api::{self, auth::CurrentUser, todos::Todo},
    components::{Broken, Live, PageTitle, Unavailable},
    forms::use_refused,
    islands::{TODOS, TodoPanel, UserName, UserPanel},
    paths,
};

/// The dashboard.
#[component]
pub fn DashboardPage() -> impl IntoView {
    view! {
        <PageTitle text="Dashboard"/>
        <Authenticated>
            <Loaded/>
        </Authenticated>
        <AuthLoading>
            <Unavailable/>
        </AuthLoading>
        <Unauthenticated>
            <Unauthorized/>
        </Unauthenticated>
    }
}

/// Loads user and todos at the same time.
#[component]
fn Loaded() -> impl IntoView {
    let user = use_current_user();
    let todos = OnceResource::new_blocking(preload_auth_query(api::todos::list()));
    let loaded = move || {
        Suspend::new(async move {
            let (Ok(user), todos) = (user.preloaded().await, todos.await) else {
                return view! { <Broken/> }.into_any();
            };
            match (user.value(), todos) {
                // The session has ended, although its token is still valid.
                (Ok(Some(None)), _) => view! { <Unauthorized/> }.into_any(),
                (Ok(Some(Some(now))), Ok(todos)) if todos.has_value() => {
                    view! { <Dashboard now user todos/> }.into_any()
                }
                (Ok(_), Ok(_)) => view! { <Unavailable/> }.into_any(),
                _ => view! { <Broken/> }.into_any(),
            }
        })
    };
    view! { <Suspense>{loaded}</Suspense> }
}

#[component]
fn Dashboard(
    /// The current user.
    now: CurrentUser,
    /// The same, for the islands.
    user: Preloaded<Option<CurrentUser>>,
    /// Their todos.
    todos: Preloaded<Vec<Todo>>,
) -> impl IntoView {
    let is_guest = now.is_anonymous.flatten() == Some(true);
    let refused = use_refused(TODOS);
    view! {
        <Live>
            <div class="dashboard">
                <div class="dashboard-top">
                    <div>
                        <h1>"Dashboard"</h1>
                        <p>"Signed in as "<UserName user=user.clone()/></p>
                        {is_guest.then(|| view! {
                            <p><A href=paths::SIGN_UP>"Sign up"</A>" to keep your todos."</p>
                        })}
                    </div>
                    <div class="dashboard-actions">
                        <A href={paths::SETTINGS} {..} class="button quiet">"Settings"</A>
                        <SignOutForm/>
                    </div>
                </div>
                <div class="dashboard-columns">
                    <TodoPanel todos problem=refused.message() text_error=refused.error("text")/>
                    <UserPanel user/>
                </div>
            </div>
        </Live>
    }
}
