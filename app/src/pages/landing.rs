//! `/` and `/landing`: a description of the app for new visitors.

use leptos::prelude::*;
use leptos_router::components::A;

use crate::{account::WhenSignedIn, components::PageTitle, paths};

/// Shows the landing page.
#[component]
pub fn LandingPage() -> impl IntoView {
    view! {
        <PageTitle text="A live, signed-in web app in Rust"/>
        <section class="hero">
            <h1>"A signed-in, "<em>"live"</em>" web app, in Rust."</h1>
            <p class="lead">
                "Leptos renders every page on the server, and takes over in the browser what is live. Better Auth \
                 keeps the accounts. Convex pushes each change to everyone who is looking at it. One \
                 command starts all three."
            </p>
            <div class="hero-actions">
                <StartLink/>
                <A href={paths::PROTECTED} {..} class="button plain">"See a protected page"</A>
            </div>
        </section>
        <Features/>
        <Walk/>
    }
}

/// Links signed-in people to the dashboard, and everybody else to the sign-up.
#[component]
fn StartLink() -> impl IntoView {
    view! {
        <WhenSignedIn fallback=|| view! {
            <A href={paths::SIGN_UP} {..} class="button">"Create an account"</A>
        }>
            <A href={paths::DASHBOARD} {..} class="button">"Open your dashboard"</A>
        </WhenSignedIn>
    }
}

#[component]
fn Features() -> impl IntoView {
    view! {
        <section aria-labelledby="features-title">
            <h2 id="features-title" class="visually-hidden">"What you get"</h2>
            <ul class="features">
                <Feature title="Right from the first paint">
                    "The server verifies who you are before it renders. The page never shows you \
                     signed out for a moment, on any network."
                </Feature>
                <Feature title="Live without a reload">
                    "A query is a signal. When its data changes, the one element that shows it \
                     changes, in every open window."
                </Feature>
                <Feature title="Works before the script does">
                    "Signing in and editing are plain forms. The browser loads code for what is live, and \
                     for nothing else."
                </Feature>
            </ul>
        </section>
    }
}

/// Shows one feature.
#[component]
fn Feature(
    /// The feature in a few words.
    title: &'static str,
    /// The feature in full.
    children: Children,
) -> impl IntoView {
    view! {
        <li class="card">
            <h3>{title}</h3>
            <p>{children()}</p>
        </li>
    }
}

const EXAMPLE: &str = r#"let todos = use_query(todos::list);
let rows = todos.rows(|todo| todo.id.clone());
let toggle = use_mutation(todos::toggle);

view! {
    <ForRows each=rows let:todo>
        <TodoItem todo toggle/>
    </ForRows>
}"#;

#[component]
fn Walk() -> impl IntoView {
    view! {
        <section class="walk" aria-labelledby="walk-title">
            <div class="walk-text">
                <h2 id="walk-title">"Typed from the table to the screen"</h2>
                <p>
                    "Functions live in "<code>"convex/"</code>" in TypeScript and run unchanged on a \
                     Convex deployment or on the backend inside this server. Their arguments and \
                     results are Rust types: rename a field, and the compiler shows you every place."
                </p>
                <p>"Open the dashboard in two windows and watch one follow the other."</p>
            </div>
            <pre class="code-block" tabindex="0" aria-label="Example"><code>{EXAMPLE}</code></pre>
        </section>
    }
}
