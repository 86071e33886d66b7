//! The HTML document: head, stylesheet, the page's small script, and the app.

use leptos::{hydration::AutoReload, nonce::use_nonce, prelude::*};
use leptos_better_auth::{AuthState, use_auth_bootstrap};
use leptos_meta::MetaTags;

use crate::{App, DocumentAssets, components::use_theme, request::hint, scripts::SHELL};

/// The links that the browser may prefetch as soon as they are pressed. Excluded are links that change something, and
/// pages that a mail links to.
const PREFETCH: &str = r#"{"prefetch":[{"where":{"and":[{"href_matches":"/*"},{"not":{"href_matches":"/api/*"}},{"not":{"selector_matches":"[rel~=external]"}}]},"eagerness":"conservative"}]}"#;

/// Renders the document of every page.
pub fn shell(options: LeptosOptions, assets: DocumentAssets) -> impl IntoView {
    // Only islands are hydrated.
    if let Some(context) = Owner::current_shared_context() {
        context.set_is_hydrating(false);
    }
    let (css, release) = (assets.css.clone(), assets.release.clone());
    hint(&css, "rel=preload; as=style");
    let theme = use_theme();
    provide_context(assets);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme.name() data-account=account() data-release=release>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content=theme.color_scheme()/>
                <link rel="icon" href="/favicon.svg" type="image/svg+xml"/>
                <link rel="stylesheet" href=css/>
                <AutoReload options/>
                <script type="module" nonce=use_nonce()>{SHELL.as_str()}</script>
                <script type="speculationrules" nonce=use_nonce()>{PREFETCH}</script>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// Returns the id of the page's user, empty when signed out; `None` while that is unknown.
fn account() -> Option<String> {
    let visitor = use_auth_bootstrap();
    match visitor.state {
        AuthState::Unknown => None,
        _ => Some(visitor.session.map(|it| it.user.id).unwrap_or_default()),
    }
}
