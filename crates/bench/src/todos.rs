//! Pages with a list: the server's cost of many todos compared with a few.

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use serde::Serialize;
use serde_json::{Value, json};

use crate::account::{self, Person};
use crate::http1::Connection;
use crate::line::verdict;
use crate::server::Server;
use crate::units::kilobytes;

/// How many todos the page has, one row each.
const COUNTS: [usize; 2] = [FEW, MANY];
const FEW: usize = 10;
const MANY: usize = 480;
/// The maximum ratio of the cost of a page of [`MANY`] to one of [`FEW`].
const TARGET_FACTOR: f64 = 10.0;
/// The pages that are measured for a row, one after the other, and the pages before them.
const PAGES: u32 = 300;
const WARM_UP: u32 = 300;
/// The text of each todo, before its number.
const TEXT: &str = "Buy milk, bread and cheese";
/// The unit of processor times in the files of `/proc`.
const TICKS_PER_SECOND: f64 = 100.0;

/// One length of the list.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    todos: usize,
    /// The size of the HTML, uncompressed.
    bytes: usize,
    /// Milliseconds of processor time per page, with the embedded backend but without its Node.js processes; `None`
    /// where there is no `/proc`. Other programs on the machine do not count.
    processor: Option<f64>,
}

/// Measures a page with each number of todos.
///
/// # Errors
/// When the server does not answer as it should.
pub(crate) async fn measure() -> Result<Vec<Row>> {
    let server = Server::start("todos", None).await?;
    let person = account::sign_up(&server).await?;
    let mut rows: Vec<Row> = Vec::new();
    for todos in COUNTS {
        let before = rows.last().map_or(0, |row| row.todos);
        add(&server, &person, before..todos).await?;
        let mut connection = Connection::open(server.addr()).await?;
        let (mut start, mut bytes) = (None, 0);
        for page in 0..WARM_UP + PAGES {
            if page == WARM_UP {
                start = ticks(server.pid());
            }
            let request = server.get("/dashboard", Some(&person.cookie))?;
            let answer = connection.send(request).await?;
            let html = String::from_utf8_lossy(answer.body());
            let shown = html.matches(TEXT).count();
            ensure!(
                answer.status().is_success() && shown >= todos,
                "the dashboard answered with {} and shows {shown} of {todos} todos",
                answer.status()
            );
            bytes = html.len();
        }
        let took = ticks(server.pid()).zip(start);
        let processor =
            took.map(|(end, start)| (end - start) * 1000.0 / TICKS_PER_SECOND / f64::from(PAGES));
        rows.push(Row {
            todos,
            bytes,
            processor,
        });
    }
    server.stop();
    Ok(rows)
}

/// Returns the processor time of a process so far.
fn ticks(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may contain blanks. The user time and the system time follow it.
    let mut times = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || times.next()?.parse::<f64>().ok();
    Some(next()? + next()?)
}

/// Adds a todo for each of `numbers`, as a client of the deployment.
async fn add(server: &Server, person: &Person, numbers: std::ops::Range<usize>) -> Result<()> {
    let ask = server.get("/api/auth/convex/token", Some(&person.cookie))?;
    let answer = Connection::open(server.addr()).await?.send(ask).await?;
    let answer: Value = serde_json::from_slice(answer.body()).context("no token")?;
    let token = answer["token"].as_str().context("no token")?;
    let url = server.deployment()?.cloud_url;
    let host = url.trim_start_matches("http://");
    let mut backend = Connection::open(host.parse()?).await?;
    for number in numbers {
        let text = format!("{TEXT} {number}");
        let call = json!({ "path": "todos:create", "args": { "text": text }, "format": "json" });
        let request = Request::post("/api/mutation")
            .header(header::HOST, host)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(call.to_string())))?;
        let answer = backend.send(request).await?;
        let said = String::from_utf8_lossy(answer.body());
        if !said.contains("\"success\"") {
            bail!("todos:create answered with {}: {said}", answer.status());
        }
    }
    Ok(())
}

/// Prints the rows and the target.
pub(crate) fn print(rows: &[Row]) {
    println!(
        "\nA page with todos in it (processor time of the server, {PAGES} pages one after the other)\n"
    );
    for row in rows {
        let processor = row
            .processor
            .map_or_else(|| "unknown".to_owned(), |ms| format!("{ms:.2} ms"));
        println!(
            "  {:>4} todos   {processor:>9}   {}",
            row.todos,
            kilobytes(row.bytes)
        );
    }
    let cost = |todos| rows.iter().find(|row| row.todos == todos)?.processor;
    if let (Some(few), Some(many)) = (cost(FEW), cost(MANY)) {
        let factor = many / few;
        println!(
            "\n  {:<7} {MANY} todos: {factor:.1} times the cost of {FEW}, wanted {TARGET_FACTOR:.0} at most",
            verdict(factor <= TARGET_FACTOR)
        );
    }
}
