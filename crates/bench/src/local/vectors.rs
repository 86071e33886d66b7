//! The time of a search among many vectors.

use std::time::Instant;

use anyhow::Result;

use super::backend::{Backend, Program};
use super::client::{Call, Client, Over};
use crate::load::percentile;

pub(crate) const VECTORS: u64 = 100_000;
/// Vectors that one mutation creates.
const BATCH: u64 = 500;
const SEARCHES: usize = 20;

/// Measures the median time of a search from request to answer, in milliseconds; `None` when the program
/// cannot search.
///
/// # Errors
/// When the backend does not start or a mutation fails.
pub(crate) async fn measure(program: &Program) -> Result<Option<f64>> {
    println!("\n  making {VECTORS} vectors");
    let backend = Backend::fresh(program)?;
    let mut client = Client::open(backend.addr(), Over::Http).await?;
    for _ in (0..VECTORS).step_by(usize::try_from(BATCH)?) {
        client.call(Call::FillPoints { count: BATCH }).await?;
    }
    let mut times = Vec::new();
    for _ in 0..=SEARCHES {
        let start = Instant::now();
        if let Err(error) = client.call(Call::Nearest).await {
            println!("  no vector search: {error}");
            return Ok(None);
        }
        times.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
    }
    // The first search also starts processes that the others reuse.
    times.remove(0);
    times.sort_unstable();
    Ok(Some(percentile(&times, 0.50)))
}
