//! One client's connection: the loop that receives, runs and sends.
//!
//! Rules it keeps, besides those of the protocol:
//! - Mutations run one after another, in the order they came.
//! - A transition that may contain the effects of a mutation is not sent before that mutation's
//!   response: the client would show its optimistic update on top of the real one. Transitions
//!   therefore wait for a running mutation, but not longer than [`HOLD`].
//! - Nothing is computed for a client that does not read: sending is part of the loop.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use convex_sync_types::{AuthenticationToken, ClientMessage};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};
use uuid::Uuid;

use super::arguments::length;
use super::bounds::{ACTIONS_AT_ONCE, MAX_MESSAGE, MAX_WAITING_CHANGES};
use super::client_message::parse_client_message;
use super::error::SessionError;
use super::liveness::Liveness;
use super::message::{ServerMessage, Transition};
use super::query_set::{Pending, QuerySet, refuse_component};
use super::receiving::{Length, Socket};
use super::request::Request;
use super::requests::MutationReply;
use super::sending::{Outgoing, Sending};
use super::snapshot::{Snapshot, TooMuch, gather};
use super::waiting::{ClientWaiting, Held};
use super::wire::{
    action_response, clock_skew, close, hold, mutation_response, now_nanos, ready, say_goodbye,
    send,
};
use crate::backend::{ActionReply, Backend};
use crate::functions::Origin;
use crate::store::RequestKey;
use crate::task::{to_the_end, while_wanted};
use crate::who::Who;

/// Clients give up a silent connection.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// The interval of WebSocket pings, which detect lost clients.
const SOCKET_PING: Duration = Duration::from_secs(5);
/// How long a transition may wait for a running mutation.
const HOLD: Duration = Duration::from_millis(250);
/// Mutations and actions one client may have waiting.
const MAX_PENDING: usize = 1_000;

/// One client's connection.
pub(super) struct Session {
    backend: Arc<Backend>,
    sending: Sending,
    /// `None` until `Connect`.
    id: Option<Uuid>,
    who: Who,
    queries: QuerySet,
    /// The bound of the bytes of subscribed queries' arguments.
    subscribed: ClientWaiting,
    /// This session's share of it.
    held_by_queries: Option<Held>,
    /// Notified when one of the client's results becomes invalid.
    invalidated: Arc<Notify>,
    client_clock_skew: Option<i64>,
    mutations: VecDeque<Request>,
    running_mutation: Option<BoxFuture<'static, (u32, MutationReply)>>,
    /// The newest timestamp when the running mutation began; the mutation's own is greater.
    mutation_floor: u64,
    actions: FuturesUnordered<BoxFuture<'static, (u32, ActionReply)>>,
    actions_at_once: Arc<Semaphore>,
    waiting: ClientWaiting,
    /// The transition being computed.
    gathering: Option<BoxFuture<'static, (Pending, Result<Snapshot, TooMuch>)>>,
    /// A computed transition that waits for the running mutation's response.
    held_back: Option<(Pending, Snapshot)>,
    /// Since when another transition is wanted.
    update_wanted: Option<Instant>,
    /// The client waits for a transition to this time, even one without changes.
    must_reach: u64,
    /// The client waits for a transition after the response it got last, even if it has seen that
    /// response's time already: npm `convex` considers a mutation done when a transition comes.
    owes_transition: bool,
}

enum Event {
    Frame(Option<Result<Message, SocketError>>),
    MutationDone(u32, MutationReply),
    ActionDone(u32, ActionReply),
    Invalidated,
    Gathered(Pending, Result<Snapshot, TooMuch>),
    HoldOver,
    SocketPing,
    Heartbeat,
    Shutdown,
}

impl Session {
    /// Creates a session of a client that is `nobody` so far.
    pub(super) fn new(
        backend: Arc<Backend>,
        joins_chunks: bool,
        nobody: Who,
        address: Option<IpAddr>,
    ) -> Self {
        Self {
            waiting: backend.waiting.of_client(address),
            subscribed: backend.subscribed.of_client(address),
            sending: Sending {
                joins_chunks,
                room: backend.sending.of_client(address),
                shutdown: backend.shutdown.clone(),
            },
            backend,
            id: None,
            who: nobody,
            queries: QuerySet::default(),
            held_by_queries: None,
            invalidated: Arc::default(),
            client_clock_skew: None,
            mutations: VecDeque::new(),
            running_mutation: None,
            mutation_floor: 0,
            actions: FuturesUnordered::new(),
            actions_at_once: Arc::new(Semaphore::new(ACTIONS_AT_ONCE)),
            gathering: None,
            held_back: None,
            update_wanted: None,
            must_reach: 0,
            owes_transition: false,
        }
    }

    /// Serves the client until either side ends it.
    pub(super) async fn run(mut self, mut socket: Socket) {
        let end = self.serve(&mut socket).await;
        tracing::debug!(session = ?self.id, queries = self.queries.len(), ?end, "socket closed");
        if let Err(error) = end {
            say_goodbye(&mut socket, error, self.queries.version().identity).await;
        }
    }

    async fn serve(&mut self, socket: &mut Socket) -> Result<(), SessionError> {
        let mut pings = interval(SOCKET_PING);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut client = Liveness::new(Instant::now());
        let mut last_sent = Instant::now();
        loop {
            if !socket.get_ref().is_in_a_long_message() {
                client.whole(Instant::now());
            }
            let hold_end = self.hold_end();
            let event = tokio::select! {
                biased;
                () = self.backend.shutdown.cancelled() => Event::Shutdown,
                frame = socket.next(), if self.has_room() => Event::Frame(frame),
                (id, reply) = ready(&mut self.running_mutation) => Event::MutationDone(id, reply),
                Some((id, reply)) = self.actions.next() => Event::ActionDone(id, reply),
                (pending, snapshot) = ready(&mut self.gathering) => Event::Gathered(pending, snapshot),
                () = self.invalidated.notified() => Event::Invalidated,
                () = hold(hold_end) => Event::HoldOver,
                _ = pings.tick() => Event::SocketPing,
                () = sleep_until(last_sent + HEARTBEAT) => Event::Heartbeat,
            };
            let frames = match event {
                Event::Shutdown => return send(socket, close(1001, "")).await,
                Event::Frame(None | Some(Ok(Message::Close(_)))) => return Ok(()),
                Event::Frame(Some(Err(_))) if socket.get_ref().is_refused() => {
                    return Err(SessionError::Overloaded("TooManyBytesReceived"));
                }
                Event::Frame(Some(Err(_))) => return Err(SessionError::Gone),
                Event::Frame(Some(Ok(message))) => {
                    client.received(Instant::now());
                    let length = Length::of(&message);
                    self.receive(message).await?;
                    socket.get_mut().handled(length);
                    vec![]
                }
                Event::SocketPing if !self.has_room() => {
                    client.waits_for_server(Instant::now());
                    vec![]
                }
                Event::SocketPing if client.is_lost(Instant::now()) => {
                    return Err(SessionError::Gone);
                }
                Event::SocketPing => {
                    send(socket, Message::Ping(Vec::new().into())).await?;
                    vec![]
                }
                Event::Heartbeat => vec![Outgoing::Message(ServerMessage::Ping.to_json())],
                event => self.progress(event)?,
            };
            for frame in frames {
                self.sending.send(socket, frame).await?;
                last_sent = Instant::now();
            }
            self.start_what_can_start()?;
        }
    }

    /// Returns whether to read on. A client that sends faster than it is answered has to wait.
    fn has_room(&self) -> bool {
        self.waiting.has_room() && self.queries.waiting() < MAX_WAITING_CHANGES
    }

    /// Handles the end of something this session was waiting for; returns what to send.
    fn progress(&mut self, event: Event) -> Result<Vec<Outgoing>, SessionError> {
        Ok(match event {
            Event::MutationDone(id, reply) => {
                self.running_mutation = None;
                self.must_reach = self.must_reach.max(reply.ts.unwrap_or(0));
                self.owes_transition |= reply.ts.is_some();
                self.want_update();
                let mut frames = vec![Outgoing::Message(mutation_response(id, &reply))];
                frames.extend(self.release());
                frames
            }
            Event::ActionDone(id, reply) => vec![Outgoing::Message(action_response(id, &reply))],
            Event::Gathered(pending, snapshot) => {
                self.gathering = None;
                // Reconnecting would not help, so this is fatal.
                let snapshot = snapshot.map_err(|error| SessionError::Client(error.to_string()))?;
                let may_show_too_much =
                    self.running_mutation.is_some() && snapshot.ts > self.mutation_floor;
                self.held_back = Some((pending, snapshot));
                if may_show_too_much {
                    self.update_wanted.get_or_insert_with(Instant::now);
                    return Ok(vec![]);
                }
                self.release().into_iter().collect()
            }
            Event::HoldOver => self.release().into_iter().collect(),
            Event::Invalidated => {
                self.want_update();
                vec![]
            }
            Event::Frame(_) | Event::SocketPing | Event::Heartbeat | Event::Shutdown => vec![],
        })
    }

    fn want_update(&mut self) {
        self.update_wanted.get_or_insert_with(Instant::now);
    }

    /// Returns when a wanted or computed transition stops waiting for the running mutation.
    fn hold_end(&self) -> Option<Instant> {
        let waits = self.running_mutation.is_some() && self.gathering.is_none();
        self.update_wanted
            .filter(|_| waits)
            .map(|since| since + HOLD)
    }

    /// Returns a computed transition, unless it is empty.
    fn release(&mut self) -> Option<Outgoing> {
        let (pending, snapshot) = self.held_back.take()?;
        let must_send = self.owes_transition || self.queries.version().ts < self.must_reach;
        let step = self
            .queries
            .finish(pending, snapshot, &self.invalidated, must_send);
        let (start, end, modifications) = step?;
        self.owes_transition = false;
        let client_clock_skew = self.client_clock_skew;
        let server_ts = now_nanos();
        Some(Outgoing::Transition(Transition {
            start,
            end,
            modifications,
            client_clock_skew,
            server_ts,
        }))
    }

    /// Begins the next transition, then the next mutation: in this order a client with many
    /// mutations still sees updates between them.
    fn start_what_can_start(&mut self) -> Result<(), SessionError> {
        let blocked = self.running_mutation.is_some()
            && self.hold_end().is_some_and(|end| Instant::now() < end);
        let busy = self.gathering.is_some() || self.held_back.is_some();
        if self.update_wanted.is_some() && !blocked && !busy {
            self.update_wanted = None;
            let (pending, wanted) = self.queries.begin(&self.current_who()?)?;
            if let Some(held) = &mut self.held_by_queries {
                held.shrink(self.queries.bytes());
            }
            let backend = self.backend.clone();
            let gathered = async move {
                let turns = Some(&*backend.turns);
                (pending, gather(&backend.live, &wanted, turns).await)
            };
            // Goes on while something is sent, because it may hold turns that others wait for.
            self.gathering = Some(Box::pin(while_wanted(gathered)));
        }
        if self.running_mutation.is_none()
            && let Some(request) = self.mutations.pop_front()
        {
            self.mutation_floor = self.backend.live.latest();
            self.running_mutation = Some(self.run_mutation(request));
        }
        Ok(())
    }

    fn run_mutation(&self, request: Request) -> BoxFuture<'static, (u32, MutationReply)> {
        let backend = self.backend.clone();
        let session = self.id;
        let id = request.id;
        let run = async move {
            let (is_anonymous, length) = (request.who.is_anonymous(), length(&request.args));
            let _turn = backend.turns.call(is_anonymous, length).await;
            let (spec, _held) = match request.into_spec() {
                Ok(spec) => spec,
                Err(error) => return MutationReply::failed(error),
            };
            let key = session.map(|session| RequestKey {
                session,
                request: id,
            });
            let mutation = backend.mutation(&spec, key.clone());
            match key {
                Some(key) => backend.requests.once(&backend.store, key, mutation).await,
                None => mutation.await,
            }
        };
        // Once begun it runs to its end and its reply is kept, even if the socket closes.
        Box::pin(to_the_end(run).map(move |reply| (id, reply)))
    }

    async fn receive(&mut self, message: Message) -> Result<(), SessionError> {
        match message {
            Message::Text(text) if text.len() > MAX_MESSAGE => Err(SessionError::Client(format!(
                "The message is too long: {} bytes, and {MAX_MESSAGE} are the most",
                text.len()
            ))),
            Message::Text(text) => self.handle(parse_client_message(&text)?).await,
            Message::Binary(_) => Err(SessionError::Internal("Unexpected message type".into())),
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => Ok(()),
        }
    }

    async fn handle(&mut self, message: ClientMessage) -> Result<(), SessionError> {
        match message {
            ClientMessage::Connect {
                session_id,
                max_observed_timestamp,
                client_ts,
                ..
            } => {
                self.id = Some(*session_id);
                self.client_clock_skew = client_ts.map(clock_skew);
                let observed = max_observed_timestamp.map_or(0, u64::from);
                self.check_observed(observed)
            }
            ClientMessage::ModifyQuerySet {
                base_version,
                new_version,
                modifications,
            } => {
                self.queries
                    .announce(base_version, new_version, modifications)?;
                self.held_by_queries = None;
                let held = self.subscribed.hold(self.queries.bytes());
                self.held_by_queries =
                    Some(held.ok_or(SessionError::Overloaded("TooManySubscribedBytes"))?);
                self.want_update();
                Ok(())
            }
            ClientMessage::Mutation {
                request_id,
                udf_path,
                args,
                component_path,
            } => {
                if self.mutations.len() >= MAX_PENDING {
                    return Err(SessionError::Overloaded("TooManyConcurrentMutations"));
                }
                refuse_component(component_path.as_deref())?;
                let request = self.request(request_id, udf_path.into(), args.get())?;
                self.mutations.push_back(request);
                Ok(())
            }
            ClientMessage::Action {
                request_id,
                udf_path,
                args,
                component_path,
            } => {
                if self.actions.len() >= MAX_PENDING {
                    return Err(SessionError::Overloaded(
                        "TooManyInflightActionsForSingleClient",
                    ));
                }
                refuse_component(component_path.as_deref())?;
                let request = self.request(request_id, udf_path.into(), args.get())?;
                self.actions.push(self.run_action(request));
                Ok(())
            }
            ClientMessage::Authenticate {
                base_version,
                token,
            } => {
                let Origin { ip, user_agent, .. } = (*self.who.origin).clone();
                let who = authenticate(&self.backend, token).await?;
                self.who = who.at(ip, user_agent);
                self.queries.announce_identity(base_version)?;
                self.want_update();
                Ok(())
            }
            ClientMessage::Event(event) => {
                tracing::debug!(kind = event.event_type, "client event");
                Ok(())
            }
        }
    }

    /// Checks the timestamp that a client has seen. If it is newer than all data here, the client must not get older
    /// data as new. The client reconnects, perhaps to the right backend.
    fn check_observed(&self, observed: u64) -> Result<(), SessionError> {
        let latest = self.backend.live.latest();
        if observed <= latest {
            return Ok(());
        }
        tracing::warn!(
            observed,
            latest,
            "a client has seen newer data than there is"
        );
        Err(SessionError::Internal(format!(
            "Client has observed a timestamp {observed} ahead of the latest {latest}"
        )))
    }

    fn request(&self, id: u32, path: String, args: &str) -> Result<Request, SessionError> {
        let who = self.current_who()?;
        let too_much = SessionError::Overloaded("TooManyBytesWaiting");
        Ok(Request {
            id,
            held: self.waiting.hold(args.len() + path.len()).ok_or(too_much)?,
            path,
            args: args.to_owned(),
            who,
        })
    }

    fn run_action(&self, request: Request) -> BoxFuture<'static, (u32, ActionReply)> {
        let backend = self.backend.clone();
        let at_once = self.actions_at_once.clone();
        let id = request.id;
        let run = async move {
            let _own = at_once.acquire().await;
            let (is_anonymous, length) = (request.who.is_anonymous(), length(&request.args));
            let _turns = backend.turns.action(is_anonymous, length).await;
            match request.into_spec() {
                Ok((spec, _held)) => backend.action(&spec).await,
                Err(error) => ActionReply::failed(error),
            }
        };
        // Once begun it runs to its end, even if the socket closes.
        Box::pin(to_the_end(run).map(move |reply| (id, reply)))
    }

    /// Returns the caller, unless the token has expired since.
    fn current_who(&self) -> Result<Who, SessionError> {
        if self.who.is_expired(SystemTime::now()) {
            return Err(SessionError::AuthExpired);
        }
        Ok(self.who.clone())
    }
}

async fn authenticate(backend: &Backend, token: AuthenticationToken) -> Result<Who, SessionError> {
    let who = match token {
        AuthenticationToken::None => return Ok(Who::nobody()),
        AuthenticationToken::User(token) => backend.authenticate(&token).await,
        AuthenticationToken::Admin(key, acting_as) => backend.authenticate_admin(&key, acting_as),
    };
    who.map_err(|error| SessionError::AuthRefused(error.message))
}
