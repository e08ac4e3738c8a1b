//! Whether an access key is still in use, as IAM tells it.

use keystead_core::Timestamp;

use super::{Call, query, service};
use crate::provider::{CloudFault, KeyUse, Outcome, Reach};

/// What is known of a key of the principal, asked with another key of the account.
pub(super) fn key_use(reach: &Reach<'_>, principal_arn: &str, access_key_id: &str) -> Outcome<KeyUse> {
    let status = user_of(principal_arn).map(|user| status(reach, user, access_key_id)).transpose()?;
    if status.is_some_and(|status| status != Status::Active) {
        return Ok(KeyUse::SwitchedOff);
    }
    let call = Call::of(&service::IAM, "GetAccessKeyLastUsed").with("AccessKeyId", access_key_id);
    let reply = query(reach, &call)?;
    let at = reply.text_at(&["GetAccessKeyLastUsedResult", "AccessKeyLastUsed", "LastUsedDate"]);
    Ok(at.and_then(Timestamp::parse_rfc3339).map_or(KeyUse::Unknown, KeyUse::LastAt))
}

/// The name of the user that an ARN is of.
fn user_of(arn: &str) -> Option<&str> {
    arn.split_once(":user/")?.1.rsplit('/').next()
}

#[derive(PartialEq, Eq)]
enum Status {
    Active,
    Inactive,
    Gone,
}

/// Whether the user's key is there and active. A list that is not whole proves nothing.
fn status(reach: &Reach<'_>, user: &str, access_key_id: &str) -> Outcome<Status> {
    let reply = query(reach, &Call::of(&service::IAM, "ListAccessKeys").with("UserName", user));
    let reply = match reply {
        Err(CloudFault::NotFound(_)) => return Ok(Status::Gone),
        reply => reply?,
    };
    let result = reply.at(&["ListAccessKeysResult"]).unwrap_or(&reply);
    let keys = result.at(&["AccessKeyMetadata"]).ok_or_else(|| unreadable("it does not list the keys"))?;
    if result.text_at(&["IsTruncated"]) == Some("true") {
        return Err(unreadable("it does not list all keys"));
    }
    let key = keys.children.iter().find(|key| key.text_at(&["AccessKeyId"]) == Some(access_key_id));
    Ok(match key.map(|key| key.text_at(&["Status"])) {
        None => Status::Gone,
        Some(Some("Inactive")) => Status::Inactive,
        Some(_) => Status::Active,
    })
}

fn unreadable(why: &str) -> CloudFault {
    CloudFault::Unreadable(why.to_owned())
}
