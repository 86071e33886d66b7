//! The name.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_better_auth::{UpdateUser, server::auth_client};

use crate::{
    forms::{Answer, Done, FieldSpec, Form, answer, require},
    paths,
    ui::Section,
};

/// Changes the name.
#[server(prefix = "/actions", endpoint = "update-name")]
pub async fn update_name(
    /// The name.
    #[server(default)]
    name: String,
) -> Answer {
    let done = async {
        require(&[("name", &name, "your name")])?;
        let form = UpdateUser {
            name: Some(name.trim().to_owned()),
            image: None,
        };
        auth_client().update_user(form).await?;
        Ok(Done::Name.at(paths::SETTINGS))
    };
    answer::<UpdateName>(paths::SETTINGS, done.await)
}

#[component]
pub(super) fn Name(
    /// The current name.
    name: String,
) -> impl IntoView {
    view! {
        <Section id="profile" title="Profile">
            <Form action=UpdateName::url() fields=&[FieldSpec::NAME] start=name submit="Save"/>
        </Section>
    }
}
