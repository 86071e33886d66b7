//! The socket of a session.

use std::{sync::Arc, time::Duration};

use futures::{SinkExt as _, StreamExt as _};
use reqwest::{Url, header::HeaderValue};
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Error, Message, client::IntoClientRequest as _, protocol::WebSocketConfig},
};

use crate::server::{BuildError, CLIENT_HEADER, deployment};

/// How long connecting may take, and also sending.
const PATIENCE: Duration = Duration::from_secs(5);
/// The largest message that is accepted. Larger ones are not held in memory.
pub(super) const MAX_MESSAGE: usize = 1024 * 1024;
/// A small buffer, because messages are small and sockets are many.
const READ_BUFFER: usize = 4 * 1024;

/// The address that sessions connect to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    host: String,
    port: u16,
    url: String,
    tls: Option<(Arc<rustls::ClientConfig>, ServerName<'static>)>,
}

/// Why no message arrived.
#[derive(Debug)]
pub(super) enum Failure {
    /// The deployment cannot be reached, or the connection is lost.
    Lost,
    /// A message is too large.
    TooLarge,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A connection to the deployment.
pub(super) struct Socket(WebSocketStream<Box<dyn Stream>>);

impl Target {
    /// Creates the address of the deployment's sync endpoint.
    pub(super) fn of(base: &Url) -> Result<Self, BuildError> {
        Self::with_tls(base, || deployment::tls(false).map_err(BuildError::tls))
    }

    /// Returns the same address with other trusted certificates.
    pub(super) fn with_tls(
        base: &Url,
        tls: impl FnOnce() -> Result<rustls::ClientConfig, BuildError>,
    ) -> Result<Self, BuildError> {
        let refuse = || BuildError::Url {
            url: base.to_string(),
        };
        let host = base.host_str().ok_or_else(refuse)?;
        let port = base.port_or_known_default().ok_or_else(refuse)?;
        let mut url = base.clone();
        let secure = url.scheme() == "https";
        url.set_scheme(if secure { "wss" } else { "ws" })
            .map_err(|()| refuse())?;
        url.path_segments_mut()
            .map_err(|()| refuse())?
            .pop_if_empty()
            .extend(["api", "sync"]);
        // An IPv6 address has brackets only inside a URL.
        let host = host.trim_matches(['[', ']']).to_owned();
        let tls = if secure {
            let name = ServerName::try_from(host.clone()).map_err(|_| refuse())?;
            let mut config = tls()?;
            // WebSockets need HTTP/1.1, while other requests prefer HTTP/2.
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Some((Arc::new(config), name))
        } else {
            None
        };
        Ok(Self {
            host,
            port,
            url: url.into(),
            tls,
        })
    }

    pub(super) async fn connect(&self) -> Result<Socket, Failure> {
        timeout(PATIENCE, self.open())
            .await
            .map_err(|_| Failure::Lost)?
    }

    async fn open(&self) -> Result<Socket, Failure> {
        let tcp = TcpStream::connect((&*self.host, self.port))
            .await
            .map_err(|_| Failure::Lost)?;
        // This only affects speed.
        drop(tcp.set_nodelay(true));
        let stream: Box<dyn Stream> = match &self.tls {
            Some((config, name)) => {
                let connector = TlsConnector::from(Arc::clone(config));
                let stream = connector.connect(name.clone(), tcp).await;
                Box::new(stream.map_err(|_| Failure::Lost)?)
            }
            None => Box::new(tcp),
        };
        let mut request = (&*self.url)
            .into_client_request()
            .map_err(|_| Failure::Lost)?;
        let client = HeaderValue::from_static(CLIENT_HEADER);
        request.headers_mut().insert("convex-client", client);
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let (socket, _) = client_async_with_config(request, stream, Some(config))
            .await
            .map_err(|error| failure(&error))?;
        Ok(Socket(socket))
    }
}

impl Socket {
    pub(super) async fn send(&mut self, text: String) -> Result<(), Failure> {
        timeout(PATIENCE, self.0.send(Message::Text(text.into())))
            .await
            .map_err(|_| Failure::Lost)?
            .map_err(|error| failure(&error))
    }

    /// Returns the next text message. The future may be dropped at any time without losing one.
    pub(super) async fn receive(&mut self) -> Result<String, Failure> {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.as_str().to_owned()),
                // Reading also answers pings.
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Err(error)) => return Err(failure(&error)),
                Some(Ok(_)) | None => return Err(Failure::Lost),
            }
        }
    }
}

fn failure(error: &Error) -> Failure {
    match error {
        Error::Capacity(_) => Failure::TooLarge,
        _ => Failure::Lost,
    }
}
