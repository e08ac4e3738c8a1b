//! The endpoint: any other IAM, over signed calls. The journal, the custody and the consumers are ours; the
//! keys are its, and of their use it tells no more than when each was last used.
//!
//! Calls are signed with the newest key that the endpoint accepts, so that our own looking does not keep the
//! old one in use, and never with the key a call switches off or deletes.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use keystead_aws::error::{RemoteFault, is_explicit_deny};
use keystead_aws::xml::Element;
use keystead_core::{KeyId, KeyStatus, SecretString, Timestamp};
use keystead_gate::outgoing::QueryCall;
use keystead_store::custody::{ManagedCredential, copy_place};
use serde_json::json;

use super::logs::{Logs, SOMEBODY};
use super::own_key::OwnUses;
use super::{Embedded, unavailable};
use crate::machine::{EvidenceReport, Failure, Intent, ListedKey, Place, Principal, Use};
use crate::strength::{LAST_USED, LAST_USED_AND_LOGS};
use crate::world::{Authority, Evidence};

/// AWS has recorded the last use of every key since 2015: there is no time it did not watch.
const ALWAYS: Duration = Duration::from_hours(24 * 3650);
/// The name of the policy that ends the sessions of a leaked key.
const SESSIONS_CUT: &str = "KeysteadSessionsCut";
const IAM_VERSION: &str = "2010-05-08";
const STS_VERSION: &str = "2011-06-15";

/// A principal's keys at another authority.
pub(super) struct Remote<'a> {
    world: &'a Embedded,
    clock_offset_micros: Mutex<Option<i64>>,
    /// Where the old key was last used, as heard when the evidence was read.
    places: Mutex<Vec<Place>>,
}

impl<'a> Remote<'a> {
    pub(super) fn new(world: &'a Embedded) -> Self {
        Self { world, clock_offset_micros: Mutex::new(None), places: Mutex::new(Vec::new()) }
    }

    fn credential(&self) -> &ManagedCredential {
        &self.world.credential
    }

    fn secret(&self, key: KeyId) -> Result<SecretString, Failure> {
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
        spared: Option<KeyId>,
    ) -> Result<Element, Failure> {
        let (account, id) = (self.world.account, &self.credential().id);
        let mut keys = self.world.read(|tx| tx.custody().list_copies(account, id))?;
        keys.retain(|key| Some(*key) != spared);
        let mut all =
            vec![("Action", action), ("Version", IAM_VERSION), ("UserName", &*self.credential().user_name)];
        all.extend_from_slice(parameters);
        for key in keys.into_iter().rev() {
            match self.call(&key.to_string(), &self.secret(key)?, ("iam", self.region()), &all) {
                Err(Failure::NotAccepted) => {}
                outcome => return outcome,
            }
        }
        Err(Failure::NotAccepted)
    }

    /// An IAM call with a key that is not in custody yet.
    pub(super) fn iam_with(
        &self,
        (key, secret): (&str, &SecretString),
        action: &'static str,
        parameters: &[(&str, &str)],
    ) -> Result<Element, Failure> {
        let mut all = vec![("Action", action), ("Version", IAM_VERSION)];
        all.extend_from_slice(parameters);
        self.call(key, secret, ("iam", self.region()), &all)
    }

    fn region(&self) -> &str {
        self.credential().region.as_deref().unwrap_or("us-east-1")
    }

    fn call(
        &self,
        key: &str,
        secret: &SecretString,
        (service, region): (&'static str, &str),
        parameters: &[(&str, &str)],
    ) -> Result<Element, Failure> {
        let gate = &self.world.gate;
        let endpoint = self.credential().endpoint.as_deref().unwrap_or_default();
        let now = gate.clock().now();
        let call = QueryCall {
            endpoint: &endpoint_of(endpoint, service, region, self.region()),
            service,
            region,
            access_key_id: key,
            secret,
            parameters,
            now,
        };
        let throttles = &self.world.drive.throttles;
        throttles.take(endpoint, now);
        let answer = gate.outgoing().ok_or(Failure::Unavailable)?.query(&call).map_err(|error| {
            tracing::warn!(endpoint, error = error.0, "an endpoint did not answer");
            Failure::Unavailable
        })?;
        if let Some(date) = answer.date {
            let offset = date.micros() - now.whole_second().micros();
            *self.clock_offset_micros.lock().unwrap_or_else(PoisonError::into_inner) = Some(offset);
        }
        let outcome = if answer.status == 200 {
            Ok(answer.body)
        } else {
            Err(failure(answer.status, &answer.body, parameters))
        };
        throttles.learn(endpoint, now, matches!(outcome, Err(Failure::Throttled)));
        outcome
    }
}

/// Whom a key at an endpoint belongs to; asked before a credential is adopted and while a key is tried.
pub(super) fn who_is(
    remote: &Remote<'_>,
    key: &str,
    secret: &SecretString,
    place: Option<&Place>,
) -> Result<Principal, Failure> {
    let region = place.map_or(remote.region(), |place| &place.region);
    let parameters = [("Action", "GetCallerIdentity"), ("Version", STS_VERSION)];
    let reply = remote.call(key, secret, ("sts", region), &parameters)?;
    let member = |name| reply.text_at(&["GetCallerIdentityResult", name]).map(str::to_owned);
    match (member("Account"), member("Arn")) {
        (Some(account), Some(arn)) => Ok(Principal { account, arn }),
        _ => Err(Failure::Unavailable),
    }
}

/// AWS has a host for each service, and of STS one in each region; so may an endpoint whose address says where the
/// service and the region stand in it. Others answer for all.
fn endpoint_of(endpoint: &str, service: &str, region: &str, home: &str) -> String {
    let endpoint = endpoint.replace("{service}", service).replace("{region}", region);
    match service {
        "sts" if endpoint.contains("://iam.us-gov.") => {
            endpoint.replacen("://iam.us-gov.", &format!("://sts.{region}."), 1)
        }
        "sts" if region == home => endpoint.replacen("://iam.", "://sts.", 1),
        "sts" => endpoint.replacen("://iam.", &format!("://sts.{region}."), 1),
        _ => endpoint,
    }
}

fn failure(status: u16, body: &Element, parameters: &[(&str, &str)]) -> Failure {
    let code = body.text_at(&["Error", "Code"]).unwrap_or_default();
    match RemoteFault::of(status, code) {
        RemoteFault::Throttled => Failure::Throttled,
        RemoteFault::Denied => {
            let action =
                parameters.iter().find(|(name, _)| *name == "Action").map_or("", |(_, action)| action);
            let action = format!("iam:{action}");
            let message = body.text_at(&["Error", "Message"]).unwrap_or_default();
            if is_explicit_deny(message) {
                Failure::Quarantined { action }
            } else {
                Failure::Denied { action }
            }
        }
        RemoteFault::NotAccepted => Failure::NotAccepted,
        RemoteFault::LimitExceeded => Failure::LimitExceeded,
        RemoteFault::NotFound => Failure::NotFound,
        RemoteFault::Unsupported => Failure::Failed { what: "the endpoint cannot do it".to_owned() },
        RemoteFault::OptInRequired | RemoteFault::ClockSkew | RemoteFault::Unknown => Failure::Unavailable,
    }
}

impl Authority for Remote<'_> {
    fn list_keys(&self) -> Result<Vec<ListedKey>, Failure> {
        let reply = self.iam("ListAccessKeys", &[], None)?;
        let list = reply.at(&["ListAccessKeysResult", "AccessKeyMetadata"]).ok_or(Failure::Unavailable)?;
        list.children.iter().map(|member| listed(member).ok_or(Failure::Unavailable)).collect()
    }

    fn create_key(&self, _: &Intent) -> Result<KeyId, Failure> {
        let reply = self.iam("CreateAccessKey", &[], None)?;
        let member = |name| reply.text_at(&["CreateAccessKeyResult", "AccessKey", name]);
        let (Some(id), Some(secret)) = (member("AccessKeyId"), member("SecretAccessKey")) else {
            return Err(Failure::Unavailable);
        };
        let id: KeyId = id.parse().map_err(|_| Failure::Unavailable)?;
        let secret = SecretString::new(secret.to_owned());
        let taken = self.world.take_into_custody(id, &secret);
        if taken.is_err() {
            // A key whose secret is nowhere is of no use: it goes, by its id. If that fails too, the next
            // listing shows it as left behind.
            let _ = self.delete_key(id);
        }
        taken.map(|()| id)
    }

    fn set_status(&self, key: KeyId, status: KeyStatus) -> Result<(), Failure> {
        let parameters = [("AccessKeyId", &*key.to_string()), ("Status", status.as_str())];
        self.iam("UpdateAccessKey", &parameters, Some(key)).map(|_| ())
    }

    fn delete_key(&self, key: KeyId) -> Result<(), Failure> {
        self.iam("DeleteAccessKey", &[("AccessKeyId", &key.to_string())], Some(key)).map(|_| ())
    }

    /// By a policy that denies everything to sessions made before now: they outlive the key's being switched off.
    fn cut_sessions(&self, _: KeyId) -> Result<(), Failure> {
        let now = self.world.gate.clock().now();
        let offset = self.clock_offset_micros().unwrap_or_default();
        let until = Timestamp::from_micros(now.micros() + offset).to_iso8601();
        let document = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {"DateLessThan": {"aws:TokenIssueTime": until}},
        }]});
        let parameters = [("PolicyName", SESSIONS_CUT), ("PolicyDocument", &*document.to_string())];
        self.iam("PutUserPolicy", &parameters, None).map(|_| ())
    }

    /// The key that Keystead itself reaches a connected account with is tried as it is used there.
    fn who_am_i(&self, key: KeyId, place: Option<&Place>) -> Result<Principal, Failure> {
        let secret = match self.world.own_secret(key)? {
            Some(secret) => secret,
            None => self.secret(key)?,
        };
        who_is(self, &key.to_string(), &secret, place)
    }

    fn places(&self) -> Vec<Place> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
    fn read(&self, _: &Principal, keys: &[KeyId]) -> Result<EvidenceReport, Failure> {
        let (logs, mut own) = self.world.read(|tx| {
            Ok((Logs::of(tx, self.credential(), keys)?, OwnUses::of(tx, self.credential(), keys)?))
        })?;
        let mut uses = logs.uses.clone();
        for &key in keys {
            let reply = match self.iam("GetAccessKeyLastUsed", &[("AccessKeyId", &key.to_string())], None) {
                // A key that is gone is used by nobody; some endpoints deny what they do not find.
                Err(Failure::NotFound) => continue,
                outcome => outcome?,
            };
            let is_current = key == self.credential().current_access_key_id;
            if is_current && let Some(place) = last_place(&reply, self.region()) {
                *self.places.lock().unwrap_or_else(PoisonError::into_inner) = vec![place];
            }
            let Some(last) = last_use(&reply)? else { continue };
            // Our own calls are signed with the newest key, so of that one the use of IAM itself tells nothing about
            // others.
            let is_ours = own.explains(key, last.at) || !is_current && last.is_administration;
            if !is_ours && !logs.tells_of(key, last.at) {
                let consumer = SOMEBODY.to_owned();
                uses.push(Use {
                    consumer,
                    key,
                    last_at: last.at,
                    count: 1,
                    refused: 0,
                    slowest_interval: None,
                });
            }
        }
        uses.extend(own.uses);
        let source = if logs.complete_until.is_some() { LAST_USED_AND_LOGS } else { LAST_USED };
        Ok(EvidenceReport { source: source.to_owned(), watched_for: ALWAYS, healthy: true, gaps: 0, uses })
    }
}

/// Where a key was last used, if not at home. Services without a region say `N/A`.
fn last_place(reply: &Element, home: &str) -> Option<Place> {
    let used = reply.at(&["GetAccessKeyLastUsedResult", "AccessKeyLastUsed"])?;
    let region = used.text_at(&["Region"])?;
    let service = used.text_at(&["ServiceName"]).unwrap_or_default();
    let is_elsewhere = region != home && region.contains('-');
    is_elsewhere.then(|| Place { region: region.to_owned(), service: service.to_owned() })
}

/// The last use of a key, as the endpoint tells it.
struct LastUse {
    at: Timestamp,
    /// Of IAM or STS.
    is_administration: bool,
}

/// The last use of a key, none where it was never used; an answer that does not say is no answer.
fn last_use(reply: &Element) -> Result<Option<LastUse>, Failure> {
    let used = reply.at(&["GetAccessKeyLastUsedResult", "AccessKeyLastUsed"]).ok_or(Failure::Unavailable)?;
    let service = used.text_at(&["ServiceName"]);
    let Some(date) = used.text_at(&["LastUsedDate"]) else {
        // Endpoints say N/A of a key that was never used, or say nothing of it at all.
        let is_unused = matches!(service, None | Some("N/A"));
        return if is_unused { Ok(None) } else { Err(Failure::Unavailable) };
    };
    let at = Timestamp::parse_rfc3339(date).ok_or(Failure::Unavailable)?;
    Ok(Some(LastUse { at, is_administration: matches!(service, Some("iam" | "sts")) }))
}
