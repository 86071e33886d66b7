//! The person's devices and linked accounts.

use leptos::{prelude::*, server_fn::ServerFn};

use super::Part;
use crate::{
    actions::{
        EndOtherSessions, EndSession, LinkGithub, UnlinkGithub, end_other_sessions, end_session,
        link_github, unlink_github,
    },
    components::{GithubForm, GithubUse, StepForm},
    request::DeviceSession,
    ui::ButtonKind,
};

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
        <Part id="devices" title="Devices">
            <ul class="devices">{rows}</ul>
            {others.then(|| view! {
                <StepForm
                    form=end_other_sessions::FORM
                    action=EndOtherSessions::url()
                    submit="End all other sessions"
                    kind=ButtonKind::Plain
                />
            })}
        </Part>
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
            <StepForm
                form=end_session::FORM
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

const GITHUB: GithubUse = GithubUse {
    form: link_github::FORM,
    says: "Link GitHub",
    cancelled: "Linking was cancelled on GitHub's page.",
    failed: "The GitHub account could not be linked. Please try again.",
};

#[component]
pub(super) fn Accounts(
    /// Whether a GitHub account is linked.
    has_github: bool,
    /// Whether it is certain that none can be.
    lacks_github: bool,
) -> impl IntoView {
    view! {
        <Part id="accounts" title="Linked accounts">
            {if has_github {
                view! {
                    <p>"GitHub is linked: you can sign in with it."</p>
                    <StepForm
                        form=unlink_github::FORM
                        action=UnlinkGithub::url()
                        submit="Unlink GitHub"
                        kind=ButtonKind::Plain
                    />
                }
                    .into_any()
            } else {
                view! {
                    <p>"None."</p>
                    <GithubForm what=GITHUB action=LinkGithub::url() absent=lacks_github/>
                }
                    .into_any()
            }}
        </Part>
    }
}
