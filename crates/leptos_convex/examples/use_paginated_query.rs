//! A list that loads page by page and stays live.

use leptos::prelude::*;
use leptos_convex::{
    ConvexClient, ConvexProvider, ForRows, PaginationOptions, PaginationResult, PaginationStatus,
    Query, use_paginated_query,
};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "_id")]
    id: String,
    text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListArgs {
    room: String,
    pagination_opts: PaginationOptions,
}

fn list(args: ListArgs) -> Query<PaginationResult<Message>> {
    Query::new("messages:list", args)
}

#[component]
fn Messages(#[prop(into)] room: Signal<String>) -> impl IntoView {
    let messages = use_paginated_query(
        move |pagination_opts| {
            list(ListArgs {
                room: room.get(),
                pagination_opts,
            })
        },
        20,
    );
    let rows = messages.rows(|message| message.id.clone());
    let status = move || match messages.status() {
        PaginationStatus::LoadingFirstPage => "Loading...".to_owned(),
        PaginationStatus::LoadingMore => "Loading more...".to_owned(),
        PaginationStatus::CanLoadMore => String::new(),
        PaginationStatus::Exhausted => "That is all".to_owned(),
        PaginationStatus::Error(error) => error.to_string(),
        _ => String::new(),
    };
    view! {
        <ul>
            <ForRows each=rows let(message)>
                <li>{move || message.read().text.clone()}</li>
            </ForRows>
        </ul>
        <p role="status">{status}</p>
        <button
            disabled=move || messages.status() != PaginationStatus::CanLoadMore
            on:click=move |_| messages.load_more(20)
        >
            "Load more"
        </button>
    }
}

#[component]
fn App() -> impl IntoView {
    let client = ConvexClient::new("https://happy-animal-123.convex.cloud");
    view! { <ConvexProvider client><Messages room="general" /></ConvexProvider> }
}

fn main() {
    leptos::mount::hydrate_body(App);
}
