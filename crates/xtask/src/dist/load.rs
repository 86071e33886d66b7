//! Visitors who request pages continuously and record each request that did not get a complete page.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// The number of visitors at the same time.
const VISITORS: usize = 8;

/// How long a visitor waits for a page: longer than a restart takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Running visitors.
#[derive(Debug)]
pub(super) struct Load {
    ended: Arc<AtomicBool>,
    visitors: Vec<JoinHandle<Visits>>,
}

/// The results of one visitor.
#[derive(Debug, Default)]
struct Visits {
    answered: usize,
    longest: Duration,
    lost: Vec<String>,
}

impl Load {
    /// Starts requesting pages of the server on this port.
    pub(super) fn begin(port: u16) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let visitors = (0..VISITORS).map(|_| {
            let ended = Arc::clone(&ended);
            std::thread::spawn(move || Visits::until(&ended, port))
        });
        let visitors = visitors.collect();
        Self { ended, visitors }
    }

    /// Stops, and returns the number of pages and the longest time.
    ///
    /// # Errors
    /// When a request did not get a complete page.
    pub(super) fn end(self) -> Result<(usize, Duration)> {
        self.ended.store(true, Ordering::Relaxed);
        let (mut answered, mut longest, mut lost) = (0, Duration::ZERO, Vec::new());
        for visitor in self.visitors {
            let Ok(visits) = visitor.join() else {
                bail!("a visitor panicked");
            };
            answered += visits.answered;
            longest = longest.max(visits.longest);
            lost.extend(visits.lost);
        }
        match lost.first() {
            None => Ok((answered, longest)),
            Some(first) => bail!(
                "{} of {} requests failed, the first one so: {first}",
                lost.len(),
                answered + lost.len()
            ),
        }
    }
}

impl Visits {
    fn until(ended: &AtomicBool, port: u16) -> Self {
        let mut visits = Self::default();
        while !ended.load(Ordering::Relaxed) {
            let begun = Instant::now();
            match page(port) {
                Ok(answer) if is_whole(&answer) => visits.answered += 1,
                Ok(answer) => visits.lost.push(format!("{:?}", head_of(&answer))),
                Err(error) => visits.lost.push(error.to_string()),
            }
            visits.longest = visits.longest.max(begun.elapsed());
        }
        visits
    }
}

fn page(port: u16) -> std::io::Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let head = "GET / HTTP/1.1\r\naccept: text/html\r\nconnection: close\r\n";
    stream.write_all(format!("{head}host: localhost:{port}\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn is_whole(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200 ") && answer.contains("</html>")
}

fn head_of(answer: &str) -> String {
    answer.lines().next().unwrap_or("nothing came").to_owned()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Answers the first requests with the texts in order, and all others with the last one.
    fn serve(texts: &'static [&'static str]) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        std::thread::spawn(move || {
            for (index, stream) in listener.incoming().enumerate() {
                let mut stream = stream.expect("a client");
                let _ = stream.read(&mut [0; 1024]);
                let text = texts[index.min(texts.len() - 1)];
                let _ = stream.write_all(text.as_bytes());
            }
        });
        port
    }

    #[test]
    fn incomplete_pages_are_counted() {
        const WHOLE: &str = "HTTP/1.1 200 OK\r\n\r\n<html></html>";
        let wait = || std::thread::sleep(Duration::from_millis(100));
        let load = Load::begin(serve(&[WHOLE]));
        wait();
        assert!(load.end().expect("no request is lost").0 > 0);
        for broken in [
            "",
            "HTTP/1.1 200 OK\r\n\r\n<html>",
            "HTTP/1.1 502 Bad Gateway\r\n\r\n</html>",
        ] {
            let load = Load::begin(serve(Box::leak(Box::new([WHOLE, broken, WHOLE]))));
            wait();
            let error = load.end().expect_err("one is lost").to_string();
            assert!(error.starts_with("1 of "), "{error}");
        }
    }
}
