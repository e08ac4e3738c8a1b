//! The endpoint: any other IAM, over signed calls. The journal, the custody and the consumers are ours; the
//! keys are its, and of their use it tells no more than when each was last used.
//!
//! Calls are signed with the newest key that the endpoint accepts, so that our own looking does not keep the
//! old one in use, and never with the key a call switches off or deletes.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use keystead_aws::error::RemoteFault;
use keystead_aws::xml::Element;
use keystead_core::{AccessKeyId, KeyStatus, SecretString, Timestamp};
use keystead_gate::outgoing::QueryCall;
use keystead_store::custody::{ManagedCredential, copy_place};

use super::{Embedded, unavailable};
use crate::machine::{EvidenceReport, Failure, Intent, ListedKey, Principal, Use};
use crate::world::{Evidence, RemoteIam};

const SOURCE: &str = "last used, as the endpoint tells it";
/// The endpoint does not say who used a key: all of them are one consumer.
const SOMEBODY: &str = "somebody (the endpoint does not say who)";
/// AWS has recorded the last use of every key since 2015: there is no time it did not watch.
const ALWAYS: Duration = Duration::from_hours(24 * 3650);
const IAM_VERSION: &str = "2010-05-08";
const STS_VERSION: &str = "2011-06-15";

/// A principal's keys at another authority.
pub(super) struct Remote<'a> {
    world: &'a Embedded,
    clock_offset_micros: Mutex<Option<i64>>,
}

impl<'a> Remote<'a> {
    pub(super) fn new(world: &'a Embedded) -> Self {
        Self { world, clock_offset_micros: Mutex::new(None) }
    }

    fn credential(&self) -> &ManagedCredential {
        &self.world.credential
    }

    fn secret(&self, key: AccessKeyId) -> Result<SecretString, Failure> {
        let (account, id) = (self.world.account, &self.credential().id);
        let copy =
            self.world.read(|tx| tx.custody().find_copy(account, id, key))?.ok_or(Failure::NotFound)?;
        let opened = self.world.gate.store().sealer().open(&copy_place(account, id, key), copy.as_bytes());
        let opened = opened.map_err(|error| unavailable(&error))?;
        std::str::from_utf8(opened.expose())
            .map(|text| SecretString::new(text.to_owned()))
            .map_err(|_| Failure::NotFound)
    }

    /// An IAM call about the principal, signed with the newest accepted key that is not `spared`.
    fn iam(
        &self,
        action: &'static str,
        parameters: &[(&str, &str)],
        spared: Option<AccessKeyId>,
    ) -> Result<Element, Failure> {
        let (account, id) = (self.world.account, &self.credential().id);
        let mut keys = self.world.read(|tx| tx.custody().list_copies(account, id))?;
        keys.retain(|key| Some(*key) != spared);
        let mut all =
            vec![("Action", action), ("Version", IAM_VERSION), ("UserName", &*self.credential().user_name)];
        all.extend_from_slice(parameters);
        for key in keys.into_iter().rev() {
            match self.call(&key.to_string(), &self.secret(key)?, "iam", &all) {
                Err(Failure::NotAccepted) => {}
                outcome => return outcome,
            }
        }
        Err(Failure::NotAccepted)
    }

    fn call(
        &self,
        key: &str,
        secret: &SecretString,
        service: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<Element, Failure> {
        let gate = &self.world.gate;
        let endpoint = self.credential().endpoint.as_deref().unwrap_or_default();
        let now = gate.clock().now();
        let call = QueryCall {
            endpoint: &endpoint_of(endpoint, service),
            service,
            region: self.credential().region.as_deref().unwrap_or("us-east-1"),
            access_key_id: key,
            secret,
            parameters,
            now,
        };
        let answer = gate.outgoing().ok_or(Failure::Unavailable)?.query(&call).map_err(|error| {
            tracing::warn!(endpoint, error = error.0, "an endpoint did not answer");
            Failure::Unavailable
        })?;
        if let Some(date) = answer.date {
            let offset = date.micros() - now.whole_second().micros();
            *self.clock_offset_micros.lock().unwrap_or_else(PoisonError::into_inner) = Some(offset);
        }
        if answer.status == 200 {
            Ok(answer.body)
        } else {
            Err(failure(answer.status, &answer.body, parameters))
        }
    }
}

/// Whom a key at an endpoint belongs to; asked before a credential is adopted and while a key is tried.
pub(super) fn who_is(remote: &Remote<'_>, key: &str, secret: &SecretString) -> Result<Principal, Failure> {
    let parameters = [("Action", "GetCallerIdentity"), ("Version", STS_VERSION)];
    let reply = remote.call(key, secret, "sts", &parameters)?;
    let member = |name| reply.text_at(&["GetCallerIdentityResult", name]).map(str::to_owned);
    match (member("Account"), member("Arn")) {
        (Some(account), Some(arn)) => Ok(Principal { account, arn }),
        _ => Err(Failure::Unavailable),
    }
}

/// AWS has a host for each service; other endpoints answer for both.
fn endpoint_of(endpoint: &str, service: &str) -> String {
    if service == "sts" { endpoint.replacen("://iam.", "://sts.", 1) } else { endpoint.to_owned() }
}

fn failure(status: u16, body: &Element, parameters: &[(&str, &str)]) -> Failure {
    let code = body.text_at(&["Error", "Code"]).unwrap_or_default();
    match RemoteFault::of(status, code) {
        RemoteFault::Throttled => Failure::Throttled,
        RemoteFault::Denied => {
            let action =
                parameters.iter().find(|(name, _)| *name == "Action").map_or("", |(_, action)| action);
            Failure::Denied { action: format!("iam:{action}") }
        }
        RemoteFault::NotAccepted => Failure::NotAccepted,
        RemoteFault::LimitExceeded => Failure::LimitExceeded,
        RemoteFault::NotFound => Failure::NotFound,
        RemoteFault::OptInRequired
        | RemoteFault::ClockSkew
        | RemoteFault::Unsupported
        | RemoteFault::Unknown => Failure::Unavailable,
    }
}

impl RemoteIam for Remote<'_> {
    fn list_access_keys(&self) -> Result<Vec<ListedKey>, Failure> {
        let reply = self.iam("ListAccessKeys", &[], None)?;
        let list = reply.at(&["ListAccessKeysResult", "AccessKeyMetadata"]).ok_or(Failure::Unavailable)?;
        list.children.iter().map(|member| listed(member).ok_or(Failure::Unavailable)).collect()
    }

    fn create_access_key(&self, _: &Intent) -> Result<AccessKeyId, Failure> {
        let reply = self.iam("CreateAccessKey", &[], None)?;
        let member = |name| reply.text_at(&["CreateAccessKeyResult", "AccessKey", name]);
        let (Some(id), Some(secret)) = (member("AccessKeyId"), member("SecretAccessKey")) else {
            return Err(Failure::Unavailable);
        };
        let id: AccessKeyId = id.parse().map_err(|_| Failure::Unavailable)?;
        let secret = SecretString::new(secret.to_owned());
        let taken = self.world.take_into_custody(id, &secret);
        if taken.is_err() {
            // A key whose secret is nowhere is of no use: it goes, by its id. If that fails too, the next
            // listing shows it as left behind.
            let _ = self.delete_access_key(id);
        }
        taken.map(|()| id)
    }

    fn update_access_key(&self, key: AccessKeyId, status: KeyStatus) -> Result<(), Failure> {
        let parameters = [("AccessKeyId", &*key.to_string()), ("Status", status.as_str())];
        self.iam("UpdateAccessKey", &parameters, Some(key)).map(|_| ())
    }

    fn delete_access_key(&self, key: AccessKeyId) -> Result<(), Failure> {
        self.iam("DeleteAccessKey", &[("AccessKeyId", &key.to_string())], Some(key)).map(|_| ())
    }

    fn who_am_i(&self, key: AccessKeyId) -> Result<Principal, Failure> {
        who_is(self, &key.to_string(), &self.secret(key)?)
    }

    fn clock_offset_micros(&self) -> Option<i64> {
        *self.clock_offset_micros.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn listed(member: &Element) -> Option<ListedKey> {
    Some(ListedKey {
        id: member.text_at(&["AccessKeyId"])?.parse().ok()?,
        status: KeyStatus::parse(member.text_at(&["Status"])?)?,
        created_at: Timestamp::parse_rfc3339(member.text_at(&["CreateDate"])?)?,
    })
}

impl Evidence for Remote<'_> {
    fn read(&self, _: &Principal, keys: &[AccessKeyId]) -> Result<EvidenceReport, Failure> {
        let mut uses = Vec::new();
        for &key in keys {
            let reply = match self.iam("GetAccessKeyLastUsed", &[("AccessKeyId", &key.to_string())], None) {
                // A key that is gone is used by nobody; some endpoints deny what they do not find.
                Err(Failure::NotFound) => continue,
                outcome => outcome?,
            };
            uses.extend(last_use(&reply, key, key == self.credential().current_access_key_id));
        }
        let source = SOURCE.to_owned();
        Ok(EvidenceReport { source, watched_for: ALWAYS, healthy: true, gaps: 0, uses })
    }
}

/// The last use of a key. Our own calls are signed with the newest key, so of that one the use of IAM itself
/// tells nothing about others.
fn last_use(reply: &Element, key: AccessKeyId, is_current: bool) -> Option<Use> {
    let used = reply.at(&["GetAccessKeyLastUsedResult", "AccessKeyLastUsed"])?;
    let last_at = Timestamp::parse_rfc3339(used.text_at(&["LastUsedDate"])?)?;
    let is_ours = !is_current && matches!(used.text_at(&["ServiceName"]), Some("iam" | "sts"));
    let consumer = SOMEBODY.to_owned();
    (!is_ours).then_some(Use { consumer, key, last_at, count: 1, refused: 0, slowest_interval: None })
}
