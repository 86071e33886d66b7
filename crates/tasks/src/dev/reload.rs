//! The messages with which `cargo leptos watch` makes pages reload, received like in a page.

use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, SystemTime};

use tungstenite::Message;

/// How long to wait before connecting again.
const AGAIN: Duration = Duration::from_millis(100);

/// Listens until the receiver is dropped. Each message is the time at which pages were told to reload.
pub(super) fn listen(port: u16) -> Receiver<SystemTime> {
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

fn hear(port: u16, told: &Sender<SystemTime>) -> Heard {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let Ok(stream) = TcpStream::connect_timeout(&address, Duration::from_secs(1)) else {
        return Heard::End;
    };
    let url = format!("ws://{address}/live_reload");
    let Ok((mut socket, _)) = tungstenite::client(url, stream) else {
        return Heard::End;
    };
    while let Ok(message) = socket.read() {
        if matches!(message, Message::Text(_)) && told.send(SystemTime::now()).is_err() {
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
    fn every_reload_is_heard_although_each_ends_the_connection() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let heard = listen(port);
        for _ in 0..2 {
            let (stream, _) = listener.accept().expect("a connection");
            let mut socket = tungstenite::accept(stream).expect("a socket");
            socket.send(Message::text("{\"all\":true}")).expect("sent");
            let _ = socket.close(None);
            let _ = socket.flush();
            heard.recv_timeout(Duration::from_secs(30)).expect("heard");
        }
    }
}
