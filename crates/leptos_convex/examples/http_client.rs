//! The server: queries, mutations and actions over pooled HTTP. Each call is given its token.

use leptos_convex::{CallError, Mutation, Query, Value, server::HttpClient};
use serde::Serialize;

#[derive(Serialize)]
struct CreateArgs {
    text: String,
}

fn count() -> Query<f64> {
    Query::new("todos:count", ())
}

fn create(args: CreateArgs) -> Mutation<String> {
    Mutation::new("todos:create", args)
}

fn list() -> Query<Vec<Value>> {
    Query::new("todos:list", ())
}

/// Runs two queries on the data of one moment. They agree, even when something is written meanwhile.
async fn page(client: &HttpClient, token: Option<&str>) -> Result<(), CallError> {
    let now = client.snapshot().await?;
    let all = now.query(&list(), token).await?;
    println!(
        "{} todos, {} of them listed",
        now.query(&count(), token).await?,
        all.len()
    );
    Ok(())
}

async fn work(client: &HttpClient, token: Option<&str>) -> Result<(), CallError> {
    let before = client.query(&count(), token).await?;
    let id = client
        .mutation(
            &create(CreateArgs {
                text: "Buy milk".to_owned(),
            }),
            token,
        )
        .await?;
    println!("{id} joins {before} others");
    page(client, token).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = HttpClient::new("http://127.0.0.1:3210")?;
    match work(&client, None).await {
        Err(error) if error.is_auth_error() => println!("sign in first: {error}"),
        Err(error) => println!("{error}"),
        Ok(()) => {}
    }
    Ok(())
}
