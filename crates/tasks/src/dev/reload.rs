//! The messages with which `cargo leptos watch` changes open pages, received as a page receives them.

use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, SystemTime};

use serde::Deserialize;
use tungstenite::Message;

/// How long to wait before connecting again.
const AGAIN: Duration = Duration::from_millis(100);

/// How open pages got a change, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// They changed their elements to match the edited views. The app is still being built.
    Patched(SystemTime),
    /// They loaded the page or its styles again.
    Reloaded(SystemTime),
}

/// A message to a page. Its other fields say whether the whole page is loaded again, or its styles.
#[derive(Debug, Deserialize)]
struct Told {
    /// The changed views as JSON: pairs of a view's name and its changes.
    view: Option<String>,
}

impl Told {
    /// Returns what pages do now, or `None` if no view has changed.
    fn shown(&self, at: SystemTime) -> Option<Shown> {
        type Views = Vec<(String, Vec<serde_json::Value>)>;
        let Some(views) = &self.view else {
            return Some(Shown::Reloaded(at));
        };
        let views: Views = serde_json::from_str(views).ok()?;
        let is_changed = views.iter().any(|(_, changes)| !changes.is_empty());
        is_changed.then_some(Shown::Patched(at))
    }
}

/// Listens until the receiver is dropped.
pub(super) fn listen(port: u16) -> Receiver<Shown> {
    let (told, heard) = channel();
    std::thread::spawn(move || {
        while !matches!(hear(port, &told), Heard::NobodyAsks) {
            std::thread::sleep(AGAIN);
        }
    });
    heard
}

enum Heard {
    /// The connection ended, as it does after each full reload, or could not be opened.
    End,
    NobodyAsks,
}

fn hear(port: u16, told: &Sender<Shown>) -> Heard {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else {
        return Heard::End;
    };
    let url = format!("ws://{address}/live_reload");
    let Ok((mut socket, _)) = tungstenite::client(url, stream) else {
        return Heard::End;
    };
    while let Ok(message) = socket.read() {
        let Message::Text(text) = message else {
            continue;
        };
        let message: Option<Told> = serde_json::from_str(&text).ok();
        let shown = message.and_then(|message| message.shown(SystemTime::now()));
        if shown.is_some_and(|shown| told.send(shown).is_err()) {
            return Heard::NobodyAsks;
        }
    }
    Heard::End
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn every_reload_is_received_although_each_ends_the_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let heard = listen(port);
        for _ in 0..2 {
            let (stream, _) = listener.accept().expect("a connection");
            let mut socket = tungstenite::accept(stream).expect("a socket");
            socket.send(Message::text("{\"all\":true}")).expect("sent");
            let _ = socket.close(None);
            let _ = socket.flush();
            let shown = heard.recv_timeout(Duration::from_secs(30)).expect("heard");
            assert!(matches!(shown, Shown::Reloaded(_)));
        }
    }

    #[test]
    fn a_patch_without_changes_is_no_change() {
        let now = SystemTime::now();
        let shown = |message: &str| {
            let message: Told = serde_json::from_str(message).expect("a message");
            message.shown(now)
        };
        assert_eq!(
            shown(r#"{"css":"pkg/app.css","view":null,"all":false}"#),
            Some(Shown::Reloaded(now))
        );
        let changed =
            r#"{"css":null,"view":"[[\"app-src-lib.rs-9\",[{\"path\":[0]}]]]","all":false}"#;
        assert_eq!(shown(changed), Some(Shown::Patched(now)));
        let unchanged = r#"{"css":null,"view":"[[\"app-src-lib.rs-9\",[]]]","all":false}"#;
        assert_eq!(shown(unchanged), None);
    }
}
