//! A live query and a mutation.

use leptos::prelude::*;

use crate::rows::{Change, Row};

#[island]
pub fn Live() -> impl IntoView {
    view! {
        <Row counter="page".to_owned() n=0/>
        <Change counter="page".to_owned()/>
    }
}
