//! The task of one session. It keeps the connection and publishes results.

use std::{
    collections::VecDeque,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use tokio::time::{MissedTickBehavior, interval, sleep_until, timeout};

use super::{
    pool::{Key, Opening, Pool},
    session::{CURRENT, Now, Orders, Session},
    socket::{Failure, Socket, Target},
    writes::Writes,
};
use crate::sync::{Follower, Heard};

/// How often to ask for the current moment, so that there is always an answer from less than [`CURRENT`] ago.
const ASK_EVERY: Duration = Duration::from_secs(4);
/// How long a session is not opened again after Convex or this server refused it.
const REST: Duration = Duration::from_secs(30);
/// How many questions may be unanswered. Each write sends one.
const MAX_UNANSWERED: usize = 64;

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    /// The session is no longer used.
    Done,
    /// This visitor cannot have a session: the token was refused, a result is too large, or a message makes no sense.
    Unwanted,
    /// The connection was lost.
    Lost,
}

impl From<Failure> for Over {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Lost => Self::Lost,
            Failure::TooLarge => Self::Unwanted,
        }
    }
}

/// Runs a session until it ends.
pub(super) async fn run(
    pool: Weak<Pool>,
    target: Target,
    idle: Duration,
    key: Key,
    session: Arc<Session>,
    opening: Opening,
) {
    let mut task = Task {
        pool: Weak::clone(&pool),
        idle,
        session: Arc::clone(&session),
        opening: Some(opening),
        asked: VecDeque::new(),
        writes: Writes::new(),
        bytes: 0,
    };
    let over = task.keep(&target).await;
    let was_ended = session.has_ended();
    session.end();
    let writes = std::mem::replace(&mut task.writes, Writes::new());
    drop(task);
    tracing::debug!(?over, "a live session is over");
    if over == Over::Lost
        && let Some(pool) = pool.upgrade()
    {
        pool.trouble().note(Instant::now());
    }
    if writes.until().is_some() {
        let token = Arc::clone(&session.token);
        tokio::spawn(async move { writes.settle(&target, &token).await });
    }
    if over == Over::Unwanted && !was_ended {
        // The ended session stays in the pool and answers nothing, so that no page opens it again meanwhile.
        drop(timeout(REST, removed(&session, &key, &pool)).await);
    }
    if let Some(pool) = pool.upgrade() {
        pool.forget(&key, &session);
    }
}

/// Waits until the session has been removed.
async fn removed(session: &Session, key: &Key, pool: &Weak<Pool>) {
    loop {
        session.news.notified().await;
        if pool.upgrade().is_none_or(|pool| !pool.holds(key, session)) {
            return;
        }
    }
}

struct Task {
    pool: Weak<Pool>,
    idle: Duration,
    session: Arc<Session>,
    /// Set until the first answer.
    opening: Option<Opening>,
    /// The unanswered questions, by number, and when they were sent.
    asked: VecDeque<(u32, Now)>,
    writes: Writes,
    bytes: usize,
}

impl Task {
    async fn keep(&mut self, target: &Target) -> Over {
        match self.follow(target).await {
            Ok(never) => match never {},
            Err(over) => over,
        }
    }

    async fn follow(&mut self, target: &Target) -> Result<std::convert::Infallible, Over> {
        let session = Arc::clone(&self.session);
        let mut socket = target.connect().await?;
        let (mut follower, greeting) = self.writes.connection(&session.token);
        for text in greeting {
            socket.send(text).await?;
        }
        let every = ASK_EVERY.min(self.idle / 2).max(Duration::from_millis(10));
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_time = false;
        loop {
            let orders = session.take_orders().ok_or(Over::Done)?;
            self.ask(&mut socket, &mut follower, orders, is_time)
                .await?;
            let quiet = self.writes.until();
            is_time = tokio::select! {
                text = socket.receive() => {
                    self.hear(&mut follower, &text?)?;
                    false
                }
                () = session.news.notified() => false,
                _ = ticks.tick() => {
                    self.check()?;
                    true
                }
                () = sleep_until(quiet.unwrap_or(session.expires).into()), if quiet.is_some() => {
                    self.doubt()?;
                    true
                }
                () = sleep_until(session.expires.into()) => return Err(Over::Done),
            };
        }
    }

    /// Sends Convex everything that is due.
    async fn ask(
        &mut self,
        socket: &mut Socket,
        follower: &mut Follower,
        orders: Orders,
        is_time: bool,
    ) -> Result<(), Over> {
        let Orders {
            add,
            remove,
            mut must_ask,
            may_ask,
            writes,
        } = orders;
        for text in self.writes.send(writes) {
            must_ask = true;
            socket.send(text).await?;
        }
        let has_changes = !add.is_empty() || !remove.is_empty();
        let is_waiting = !self.asked.is_empty();
        if !has_changes && !must_ask && (is_waiting || !(may_ask || is_time)) {
            return Ok(());
        }
        if self.asked.len() >= MAX_UNANSWERED {
            return Err(Over::Lost);
        }
        let text = follower.ask(add, &remove);
        // The moment in the answer is no earlier than this time.
        self.asked.push_back((follower.asked(), Now::read()));
        Ok(socket.send(text).await?)
    }

    fn hear(&mut self, follower: &mut Follower, text: &str) -> Result<(), Over> {
        // The fault may lie in this session alone: perhaps one of its queries has arguments that are too large.
        let heard = follower.receive(text).map_err(|_ended| Over::Unwanted)?;
        self.writes.hear();
        match heard {
            Heard::Moment => {}
            Heard::Outcome(id, outcome) => {
                self.writes.answer(id, outcome);
                return Ok(());
            }
            Heard::Nothing => return Ok(()),
        }
        let mut confirmed = None;
        while let Some((number, at)) = self.asked.front()
            && *number <= follower.answered()
        {
            confirmed = Some(*at);
            self.asked.pop_front();
        }
        let frame = follower.frame();
        if frame.bytes() > super::socket::MAX_MESSAGE {
            return Err(Over::Unwanted);
        }
        self.session.publish(frame, confirmed);
        let pool = self.pool.upgrade().ok_or(Over::Done)?;
        if confirmed.is_some() && self.opening.take().is_some() {
            pool.trouble().forget();
        }
        let before = std::mem::replace(&mut self.bytes, frame.bytes());
        pool.weigh(before, frame.bytes());
        Ok(())
    }

    /// Tests the connection if it has been silent for a while and a mutation waits for its answer.
    fn doubt(&mut self) -> Result<(), Over> {
        self.writes.hear();
        match self.asked.front() {
            Some((_, asked)) if Writes::is_silent(asked.steady, Instant::now()) => Err(Over::Lost),
            _ => Ok(()),
        }
    }

    /// Ends a session that is unused, and a connection that is silent.
    fn check(&self) -> Result<(), Over> {
        let now = Instant::now();
        if self.pool.strong_count() == 0
            || now.saturating_duration_since(self.session.used()) >= self.idle
        {
            return Err(Over::Done);
        }
        let is_silent = |asked: &Now| now.saturating_duration_since(asked.steady) > CURRENT;
        match self.asked.front() {
            Some((_, asked)) if is_silent(asked) => Err(Over::Lost),
            _ => Ok(()),
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.upgrade() {
            pool.weigh(self.bytes, 0);
        }
    }
}
