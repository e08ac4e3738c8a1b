//! The answer that an agent keeps, and until when it passes it on.
//!
//! An SDK takes an answer for good until its `Expiration` and asks again a while before: 15 minutes before in botocore,
//! which would ask with every request were it given less. A server that does not answer is therefore no reason to let
//! an answer run out: the last good one is passed on with a short future.

use std::time::Duration;

use keystead_core::{SecretString, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long an answer is passed on for at least, while the server does not answer.
const FLOOR: Duration = Duration::from_mins(20);

/// A key, and the session made with it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// The key.
    pub(crate) key: Pair,
    /// The session for SDKs.
    pub(crate) session: Option<Session>,
    /// How long the server lets an answer be kept.
    pub(crate) lease: Duration,
    /// When the server was asked.
    pub(crate) asked_at: Timestamp,
}

/// An access key id and its secret.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) access_key_id: String,
    pub(crate) secret: SecretString,
}

/// A session.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// Its own key.
    pub(crate) key: Pair,
    /// Its token.
    pub(crate) token: SecretString,
    /// When it was made.
    pub(crate) made_at: Timestamp,
    /// When it ends.
    pub(crate) ends_at: Timestamp,
}

/// The same as it stands in the state folder.
#[derive(Serialize, Deserialize)]
pub(super) struct Written {
    access_key_id: String,
    secret_access_key: String,
    session: Option<WrittenSession>,
    lease_seconds: u64,
    asked_at: i64,
}

#[derive(Serialize, Deserialize)]
struct WrittenSession {
    access_key_id: String,
    secret_access_key: String,
    token: String,
    made_at: i64,
    ends_at: i64,
}

impl Held {
    /// Whether it is time to ask again: the server reckons with a tenth of the lease at most.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        now.since(self.asked_at) >= self.lease / 12 || self.asked_at > now
    }

    /// Whether there is a session that is good for long enough, where one is wanted.
    pub(crate) fn has_good_session(&self, now: Timestamp) -> bool {
        let half = |session: &Session| session.ends_at.since(session.made_at) / 2;
        self.session.as_ref().is_some_and(|session| now.plus(half(session)) < session.ends_at)
    }

    /// Until when whoever is answered now may keep it; none where the session is over.
    pub(crate) fn expires_at(&self, now: Timestamp) -> Option<Timestamp> {
        let is_fresh = now.since(self.asked_at) <= self.lease / 10;
        let lasts = if is_fresh { self.lease } else { self.lease.min(FLOOR) };
        let at = now.plus(lasts);
        match &self.session {
            Some(session) if session.ends_at <= now => None,
            Some(session) => Some(at.min(session.ends_at)),
            None => Some(at),
        }
    }

    /// The answer of a container credentials endpoint. `Token` is never left out: SDKs need it.
    /// Source: AWS SDKs and Tools Reference Guide, "Container credential provider".
    pub(crate) fn for_container(&self, now: Timestamp) -> Option<Value> {
        let expiration = self.expires_at(now)?.to_iso8601();
        let (key, token) = match &self.session {
            Some(session) => (&session.key, session.token.expose().as_str()),
            None => (&self.key, ""),
        };
        Some(json!({
            "AccessKeyId": key.access_key_id,
            "SecretAccessKey": key.secret.expose(),
            "Token": token,
            "Expiration": expiration,
        }))
    }

    /// The answer of the instance metadata service.
    /// Source: EC2 User Guide, "Retrieve security credentials from instance metadata".
    pub(crate) fn for_imds(&self, now: Timestamp) -> Option<Value> {
        let mut answer = self.for_container(now)?;
        answer["Code"] = "Success".into();
        answer["Type"] = "AWS-HMAC".into();
        answer["LastUpdated"] = self.asked_at.min(now).to_iso8601().into();
        Some(answer)
    }
}

impl From<&Held> for Written {
    fn from(held: &Held) -> Self {
        Self {
            access_key_id: held.key.access_key_id.clone(),
            secret_access_key: held.key.secret.expose().clone(),
            session: held.session.as_ref().map(|session| WrittenSession {
                access_key_id: session.key.access_key_id.clone(),
                secret_access_key: session.key.secret.expose().clone(),
                token: session.token.expose().clone(),
                made_at: session.made_at.secs(),
                ends_at: session.ends_at.secs(),
            }),
            lease_seconds: held.lease.as_secs(),
            asked_at: held.asked_at.secs(),
        }
    }
}

impl From<Written> for Held {
    fn from(written: Written) -> Self {
        let pair = |access_key_id, secret: String| Pair { access_key_id, secret: secret.into() };
        Self {
            key: pair(written.access_key_id, written.secret_access_key),
            session: written.session.map(|session| Session {
                key: pair(session.access_key_id, session.secret_access_key),
                token: session.token.into(),
                made_at: Timestamp::from_secs(session.made_at),
                ends_at: Timestamp::from_secs(session.ends_at),
            }),
            lease: Duration::from_secs(written.lease_seconds),
            asked_at: Timestamp::from_secs(written.asked_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600;

    fn held(lease: u64, session_ends: Option<i64>) -> Held {
        let pair = |id: &str| Pair { access_key_id: id.to_owned(), secret: "s".to_owned().into() };
        let session = session_ends.map(|at| Session {
            key: pair("ASIA"),
            token: "t".to_owned().into(),
            made_at: Timestamp::from_secs(0),
            ends_at: Timestamp::from_secs(at),
        });
        let asked_at = Timestamp::from_secs(0);
        Held { key: pair("AKIA"), session, lease: Duration::from_secs(lease), asked_at }
    }

    #[test]
    fn an_answer_is_good_for_the_lease_then_for_twenty_minutes_and_never_beyond_its_session() {
        for (lease, session, now, lasts) in [
            (HOUR, None, 0, Some(3600)),
            (HOUR, None, 360, Some(3600)),
            // The server has not answered for a while.
            (HOUR, None, 361, Some(1200)),
            (HOUR, None, 90_000, Some(1200)),
            (1200, None, 90_000, Some(1200)),
            (10, None, 90_000, Some(10)),
            (HOUR, Some(43_200), 0, Some(3600)),
            (HOUR, Some(43_200), 43_000, Some(200)),
            (HOUR, Some(43_200), 43_200, None),
        ] {
            let at = Timestamp::from_secs(now);
            let expires = held(lease, session).expires_at(at).map(|until| until.secs() - now);
            assert_eq!(expires, lasts, "{lease} {session:?} {now}");
        }
    }

    #[test]
    fn the_answer_has_every_member_that_sdks_need() {
        let now = Timestamp::from_secs(60);
        let key = held(HOUR, None).for_container(now).unwrap();
        assert_eq!((&key["AccessKeyId"], &key["Token"]), (&json!("AKIA"), &json!("")));
        assert_eq!(key["Expiration"], "1970-01-01T01:01:00Z");
        let session = held(HOUR, Some(43_200)).for_imds(now).unwrap();
        assert_eq!((&session["AccessKeyId"], &session["Token"]), (&json!("ASIA"), &json!("t")));
        assert_eq!((&session["Code"], &session["Type"]), (&json!("Success"), &json!("AWS-HMAC")));
    }

    #[test]
    fn a_session_is_made_anew_once_half_of_it_is_over() {
        let held = held(HOUR, Some(43_200));
        assert!(held.has_good_session(Timestamp::from_secs(21_599)));
        assert!(!held.has_good_session(Timestamp::from_secs(21_600)));
    }

    #[test]
    fn what_is_written_down_is_what_was_held() {
        let text = serde_json::to_string(&Written::from(&held(HOUR, Some(5)))).unwrap();
        let again: Held = serde_json::from_str::<Written>(&text).unwrap().into();
        assert_eq!(
            again.for_container(Timestamp::from_secs(1)),
            held(HOUR, Some(5)).for_container(Timestamp::from_secs(1))
        );
    }
}
