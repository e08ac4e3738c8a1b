//! What an IAM-compatible endpoint can do: asked when a key of it comes under rotation, not assumed. Nothing changes at
//! the endpoint by asking: the key is set to the status that it has.

use keystead_core::{KeyId, KeyStatus, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::remote::Remote;
use crate::machine::Failure;

/// What was found; none where the endpoint did not let it be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Capabilities {
    /// How many access keys a user may have.
    pub keys_per_user: Option<u64>,
    /// Whether a key can be made inactive, which is the way back from a rotation.
    pub can_deactivate: Option<bool>,
    /// Whether it tells when a key was last used.
    pub tells_last_use: Option<bool>,
}

impl Capabilities {
    /// What this means for a rotation, in words; nothing where all is as it is at AWS.
    pub fn warnings(&self) -> Vec<&'static str> {
        let mut warnings = Vec::new();
        if self.keys_per_user.is_some_and(|keys| keys < 2) {
            warnings.push(
                "A user may have one key only: there is no room for a second one, and no rotation without interruption.",
            );
        }
        if self.can_deactivate == Some(false) {
            warnings.push(
                "Keys cannot be made inactive, so there is no way back once the old key is gone: a rotation stops before \
                 that and asks.",
            );
        }
        if self.tells_last_use == Some(false) {
            warnings.push(
                "It does not tell when a key was last used: a rotation does not take that for unused, and waits for \
                 other evidence.",
            );
        }
        warnings
    }
}

/// Asks the endpoint of a credential, signing with its user's key.
pub(super) fn ask(remote: &Remote<'_>, user_name: &str, key: KeyId, secret: &SecretString) -> Capabilities {
    let id = key.to_string();
    let call = |action, parameters: &[(&str, &str)]| remote.iam_with((&id, secret), action, parameters);
    let summary = call("GetAccountSummary", &[]).ok();
    let quota = summary.as_ref().and_then(|reply| {
        let map = reply.at(&["GetAccountSummaryResult", "SummaryMap"])?;
        let entry =
            map.children.iter().find(|entry| entry.text_at(&["key"]) == Some("AccessKeysPerUserQuota"))?;
        entry.text_at(&["value"])?.parse().ok()
    });
    let update = [("UserName", user_name), ("AccessKeyId", &*id), ("Status", KeyStatus::Active.as_str())];
    Capabilities {
        keys_per_user: quota,
        can_deactivate: supports(call("UpdateAccessKey", &update).map(|_| ())),
        tells_last_use: supports(call("GetAccessKeyLastUsed", &[("AccessKeyId", &id)]).map(|_| ())),
    }
}

/// A refusal for want of a permission tells nothing of what the endpoint can do, and neither does silence.
fn supports(outcome: Result<(), Failure>) -> Option<bool> {
    match outcome {
        Ok(()) => Some(true),
        Err(Failure::Failed { .. }) => Some(false),
        Err(_) => None,
    }
}
