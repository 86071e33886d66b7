//! Tests of sessions, their pool and the deployment's address, without a deployment.

use std::time::{Duration, Instant, SystemTime};

use super::super::{
    pool::Trouble,
    session::{CURRENT, Now, Session},
    socket::Target,
};
use super::ts;
use crate::{
    sync::test_messages::key,
    sync::{Client, Follower, Timestamp},
};

fn now_of(steady: Instant) -> Now {
    Now {
        steady,
        wall: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000),
    }
}

/// Returns a session with a frame that was asked for at `now`.
fn confirmed(now: Now) -> Session {
    let session = Session::new(
        "ann",
        "ann#1",
        now.steady + Duration::from_secs(600),
        now.steady,
    );
    let (follower, _) = Follower::start(Client::new(), 0, "ann#1", 0);
    session.follow(key("a:b"), 10, Duration::from_secs(60), now.steady);
    session.publish(follower.frame(), Some(now));
    session
}

#[test]
fn a_result_is_not_current_after_a_clock_has_jumped() {
    let now = now_of(Instant::now());
    let session = confirmed(now);
    let (brief, long) = (Duration::from_secs(1), Duration::from_secs(3_600));
    let at = |steady: Duration, wall: SystemTime| Now {
        steady: now.steady + steady,
        wall,
    };
    assert!(session.moment(None, at(brief, now.wall + brief)).is_some());
    assert!(
        session
            .moment(None, at(CURRENT, now.wall + CURRENT))
            .is_some()
    );
    // The wall clock jumps forward (the machine slept) or back, or only the steady clock shows that the result is old.
    assert!(session.moment(None, at(brief, now.wall + long)).is_none());
    assert!(session.moment(None, at(brief, now.wall - brief)).is_none());
    let old = CURRENT + brief;
    assert!(session.moment(None, at(old, now.wall + brief)).is_none());
}

#[test]
fn nothing_is_answered_after_the_token_has_expired() {
    let now = now_of(Instant::now());
    let session = confirmed(now);
    let late = Now {
        steady: now.steady + Duration::from_secs(600),
        ..now
    };
    session.publish(
        Follower::start(Client::new(), 0, "ann#1", 0).0.frame(),
        Some(late),
    );
    assert!(session.moment(None, late).is_none());
}

#[test]
fn a_confirmation_asked_for_before_a_write_does_not_cover_it() {
    let now = now_of(Instant::now());
    let session = confirmed(now);
    let later = |seconds| Now {
        steady: now.steady + Duration::from_secs(seconds),
        wall: now.wall + Duration::from_secs(seconds),
    };
    session.wrote(later(2).steady);
    assert!(session.moment(None, later(3)).is_none());
    let (follower, _) = Follower::start(Client::new(), 0, "ann#1", 0);
    for (asked, known) in [(1, false), (2, false), (3, true)] {
        session.publish(follower.frame(), Some(later(asked)));
        assert_eq!(session.moment(None, later(4)).is_some(), known, "{asked}");
    }
    assert!(
        session
            .moment(Timestamp::decode(&ts(1)), later(4))
            .is_none()
    );
    session.end();
    session.publish(follower.frame(), Some(later(4)));
    assert!(session.moment(None, later(4)).is_none());
}

#[test]
fn pauses_grow_up_to_a_limit_and_are_reset_by_success() {
    let mut trouble = Trouble::default();
    let mut now = Instant::now();
    let mut pauses = Vec::new();
    for _ in 0..10 {
        // One outage ends many sessions, and counts once.
        for _ in 0..100 {
            trouble.note(now);
        }
        let begun = now;
        while !trouble.is_over(now) {
            now += Duration::from_millis(500);
        }
        pauses.push(now.duration_since(begun).as_millis());
    }
    assert_eq!(pauses[..4], [500, 1_000, 2_000, 4_000]);
    assert_eq!(pauses[9], 30_000);
    trouble.forget();
    trouble.note(now);
    assert!(trouble.is_over(now + Duration::from_millis(500)));
}

#[test]
fn sockets_are_opened_at_the_deployment_s_sync_address() {
    for (base, expected) in [
        ("http://127.0.0.1:3210", "ws://127.0.0.1:3210/api/sync"),
        (
            "https://a-b-1.convex.cloud/",
            "wss://a-b-1.convex.cloud/api/sync",
        ),
        ("http://[::1]:3210/base/", "ws://[::1]:3210/base/api/sync"),
    ] {
        let base = base.parse().expect("a URL");
        let target = Target::of(&base).expect("usable");
        assert!(format!("{target:?}").contains(expected), "{target:?}");
    }
}
