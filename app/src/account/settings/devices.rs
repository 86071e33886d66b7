//! The devices on which the person is signed in.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::server::auth_client;

use super::load::DeviceSession;
use crate::{
    forms::{Answer, Done, Form, answer, require},
    paths,
    ui::{ButtonKind, Section},
};

/// Ends one session.
#[server(prefix = "/actions", endpoint = "end-session")]
pub async fn end_session(
    /// Its id.
    #[server(default)]
    id: String,
) -> Answer {
    let done = async {
        require(&[("id", &id, "which session")])?;
        // The page contains only ids. Better Auth revokes a session by its token, which must not be in a page.
        let auth = auth_client();
        let mut sessions = auth.list_sessions().await?.into_iter();
        let found = sessions.find(|session| session.id == id);
        if let Some(token) = found.and_then(|session| session.token) {
            auth.revoke_session(&token).await?;
        }
        Ok(Done::Session.at(paths::SETTINGS))
    };
    answer::<EndSession>(paths::SETTINGS, done.await)
}

/// Ends all of the user's other sessions.
#[server(prefix = "/actions", endpoint = "end-other-sessions")]
pub async fn end_other_sessions() -> Answer {
    let done = auth_client().revoke_other_sessions().await;
    let done = done.map(|()| Done::Sessions.at(paths::SETTINGS));
    answer::<EndOtherSessions>(paths::SETTINGS, done.map_err(Into::into))
}

#[component]
pub(super) fn Devices(
    /// This browser first.
    sessions: Vec<DeviceSession>,
) -> impl IntoView {
    let others = sessions.len() > 1;
    let rows: Vec<_> = sessions
        .into_iter()
        .map(|session| view! { <Device session/> })
        .collect();
    view! {
        <Section id="devices" title="Devices">
            <ul class="devices">{rows}</ul>
            {others.then(|| view! {
                <Form
                    action=EndOtherSessions::url()
                    submit="End all other sessions"
                    kind=ButtonKind::Plain
                />
            })}
        </Section>
    }
}

#[component]
fn Device(
    /// One sign-in.
    session: DeviceSession,
) -> impl IntoView {
    let DeviceSession {
        id,
        device,
        place,
        since,
        current,
    } = session;
    let place = if place.is_empty() {
        "unknown address".to_owned()
    } else {
        place
    };
    let end = if current {
        view! { <span class="field-hint">"This device"</span> }.into_any()
    } else {
        view! {
            <Form
                action=EndSession::url()
                hidden=vec![("id", id)]
                submit="End session"
                kind=ButtonKind::Quiet
            />
        }
        .into_any()
    };
    view! {
        <li class="device">
            <div>
                <p>{device}</p>
                <p class="field-hint">{place}", since "{since}</p>
            </div>
            {end}
        </li>
    }
}
