//! The Rust code of the README, unchanged.
#![expect(
    missing_docs,
    reason = "a snippet says what it is in the text around it"
)]

use leptos::prelude::*;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = get_configuration(None)?.leptos_options;
    let listener = TcpListener::bind(options.site_addr).await?;
    serve(options, listener).await
}

fn shell(options: LeptosOptions) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <HydrationScripts options/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

#[component]
fn Pages() -> impl IntoView {
    view! { <h1>"Hello"</h1> }
}

use std::error::Error;
use std::net::SocketAddr;

use axum::Router;
use leptos_axum::{LeptosRoutes, generate_route_list};
use leptos_better_auth::server::{AuthConfig, ConvexBetterAuth};

async fn serve(options: LeptosOptions, listener: TcpListener) -> Result<(), Box<dyn Error>> {
    let config = AuthConfig::default()
        .with_convex_url(std::env::var("CONVEX_URL")?)
        .with_convex_site_url(std::env::var("CONVEX_SITE_URL")?)
        .with_site_url("https://app.example.com")
        .with_mail_link_pages(mail_link_pages());
    let auth = ConvexBetterAuth::new(config)?;
    let document = {
        let options = options.clone();
        move || shell(options.clone())
    };
    let pages = Router::new()
        .leptos_routes(&options, generate_route_list(App), document)
        .with_state(options);
    // The visitor's address comes from the connection.
    let app = auth
        .mount(pages)
        .into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, app).await?)
}

use leptos_better_auth::AuthError;

#[server(prefix = "/actions", endpoint = "sign-out-other-devices")]
pub async fn sign_out_other_devices(password: String) -> Result<bool, AuthError> {
    // Inside: only the server half has it.
    use leptos_better_auth::server::auth_client;

    let auth = auth_client();
    if !auth.verify_password(&password).await? {
        return Ok(false);
    }
    auth.revoke_other_sessions().await?;
    Ok(true)
}

use leptos_better_auth::SignedIn;

#[server(prefix = "/actions", endpoint = "sign-in")]
pub async fn sign_in(
    email: String,
    password: String,
    #[server(rename = "callbackURL")] callback_url: Option<String>,
) -> Result<SignedIn, AuthError> {
    use leptos_better_auth::{CallbackUrl, SignInEmail, server::forms};

    let next = CallbackUrl::or(callback_url.as_deref(), "/dashboard");
    let form = SignInEmail {
        email,
        password,
        ..SignInEmail::default()
    };
    let signed_in = forms::sign_in_email(form, &next).await?;
    if signed_in.two_factor {
        // Nobody is signed in yet: ask for the code first.
        forms::redirect_without_script(&next.added_to("/two-factor"));
    } else {
        forms::redirect_without_script(&next);
    }
    Ok(signed_in)
}

use leptos_better_auth::server::MailLinkPages;

fn mail_link_pages() -> MailLinkPages {
    MailLinkPages::default()
        .with_magic_link("/sign-in/link")
        .with_verify_email("/verify-email/confirm")
}

#[server(prefix = "/actions", endpoint = "link-sign-in")]
pub async fn link_sign_in(token: String) -> Result<(), AuthError> {
    use leptos_better_auth::server::{auth_client, forms};

    auth_client().magic_link().verify(&token).await?;
    forms::redirect_without_script("/dashboard");
    Ok(())
}

use leptos_better_auth::ConvexBetterAuthProvider;

#[component]
fn App() -> impl IntoView {
    view! { <ConvexBetterAuthProvider><Pages/></ConvexBetterAuthProvider> }
}
