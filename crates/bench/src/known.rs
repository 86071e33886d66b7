//! Whether response times reveal who has an account: the same request for a known address and for unknown ones, in
//! turn.

use std::time::Instant;

use anyhow::{Result, ensure};
use bytes::Bytes;
use http::{Request, header};
use http_body_util::Full;
use serde::Serialize;
use serde_json::{Value, json};

use crate::account;
use crate::http1::Connection;
use crate::server::Server;

/// Requests of each kind.
const ROUNDS: u32 = 200;
/// The maximum difference of the medians, relative to the smaller one.
const TARGET_DIFFERENCE: f64 = 0.10;

/// Routes with the same answer for all addresses, and the rest of their body.
const ROUTES: [(&str, &str); 5] = [
    (
        "/request-password-reset",
        r#"{"redirectTo":"/reset-password"}"#,
    ),
    ("/sign-in/email", r#"{"password":"not the password"}"#),
    ("/send-verification-email", r#"{"callbackURL":"/"}"#),
    ("/sign-in/magic-link", r#"{"callbackURL":"/"}"#),
    ("/email-otp/send-verification-otp", r#"{"type":"sign-in"}"#),
];

/// One route; medians in milliseconds.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    route: &'static str,
    known: f64,
    unknown: f64,
}

impl Row {
    fn difference(&self) -> f64 {
        (self.known - self.unknown).abs() / self.known.min(self.unknown)
    }
}

/// Measures all routes.
///
/// # Errors
/// When the server does not answer, or answers known and unknown addresses with different statuses.
pub(crate) async fn measure() -> Result<Vec<Row>> {
    let server = Server::start("known", None).await?;
    let person = account::sign_up(&server).await?;
    let mut connection = Connection::open(server.addr()).await?;
    let mut rows = Vec::new();
    for (route, rest) in ROUTES {
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let stranger = format!("nobody.{round}@example.com");
            let mut statuses = Vec::new();
            for (email, times) in [(&person.email, &mut known), (&stranger, &mut unknown)] {
                let request = request(&server, route, rest, email)?;
                let start = Instant::now();
                statuses.push(connection.send(request).await?.status());
                times.push(start.elapsed().as_secs_f64() * 1e3);
            }
            ensure!(
                statuses[0] == statuses[1],
                "{route} answers a known address with {}, an unknown one with {}",
                statuses[0],
                statuses[1]
            );
        }
        rows.push(Row {
            route,
            known: median(known),
            unknown: median(unknown),
        });
    }
    server.stop();
    Ok(rows)
}

fn request(server: &Server, route: &str, rest: &str, email: &str) -> Result<Request<Full<Bytes>>> {
    let mut body: Value = serde_json::from_str(rest)?;
    body["email"] = json!(email);
    Ok(Request::post(format!("/api/auth{route}"))
        .header(header::HOST, server.host())
        .header(header::ORIGIN, format!("http://{}", server.host()))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body.to_string())))?)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Prints the rows and the target.
pub(crate) fn print(rows: &[Row]) {
    println!("\nKnown and unknown addresses ({ROUNDS} requests each, medians)\n");
    for row in rows {
        let difference = row.difference();
        let verdict = if difference <= TARGET_DIFFERENCE {
            "met"
        } else {
            "MISSED"
        };
        println!(
            "  {:<36} {:>7.1} ms {:>7.1} ms   {:>4.1} % (target 10 %: {verdict})",
            row.route,
            row.known,
            row.unknown,
            difference * 100.0
        );
    }
}
