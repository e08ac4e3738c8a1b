//! The policies that limit a session, and how much of a token they take.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::sts::PolicyDescriptorType;
use keystead_core::{AccountId, arn};
use keystead_gate::Context;
use keystead_gate::session::SessionTag;
use keystead_policy::{Policy, PolicyError, Purpose};

/// The longest document in characters, white space and all. Source: STS API reference, AssumeRole.
const POLICY_CHARS_MAX: usize = 2048;
/// How many managed policies there may be. Source: the same.
const POLICY_ARNS_MAX: usize = 10;
/// How many bytes policies and tags may take once they are packed. AWS does not tell its own number.
const PACKED_BYTES_MAX: usize = 2048;

/// The policies that limit a session.
#[derive(Default)]
pub(crate) struct Limits {
    pub(crate) policy: Option<String>,
    pub(crate) policy_arns: Vec<String>,
}

impl Limits {
    /// The policies of a request for a session, each of the right form.
    pub(crate) fn read(policy: Option<String>, arns: Vec<PolicyDescriptorType>) -> Result<Self> {
        if let Some(document) = &policy {
            check_document(document)?;
        }
        if arns.len() > POLICY_ARNS_MAX {
            return Err(Fault::ValidationError(text::too_many_policy_arns(arns.len(), POLICY_ARNS_MAX)));
        }
        let policy_arns: Vec<String> = arns.into_iter().filter_map(|named| named.arn).collect();
        policy_arns.iter().try_for_each(|arn| check_arn(arn))?;
        Ok(Self { policy, policy_arns })
    }

    /// Whether the managed policies are there for a session in `account`: its own, or those that every account
    /// has. To be asked only for somebody who may have that session.
    pub(crate) fn check_existence(&self, cx: &Context, account: AccountId) -> Result<()> {
        let is_there = |policy: &&String| {
            arn::account_of(policy).is_none_or(|owner| owner == account)
                && cx.ring().find_policy(policy).is_some()
        };
        match self.policy_arns.iter().find(|policy| !is_there(policy)) {
            None => Ok(()),
            Some(missing) => Err(Fault::MalformedPolicyDocument(text::policy_not_attachable(missing))),
        }
    }

    /// How much of the room in a token these and the tags take, in percent; `None` where there is nothing.
    pub(crate) fn packed_size(&self, tags: &[SessionTag]) -> Result<Option<i64>> {
        let texts = self.policy.iter().chain(&self.policy_arns);
        let texts: Vec<&String> = texts.chain(tags.iter().flat_map(|tag| [&tag.key, &tag.value])).collect();
        if texts.is_empty() {
            return Ok(None);
        }
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
        for text in texts {
            packed.write_all(text.as_bytes()).map_err(Fault::internal)?;
        }
        let bytes = packed.finish().map_err(Fault::internal)?.len();
        let percent = bytes * 100 / PACKED_BYTES_MAX;
        if bytes > PACKED_BYTES_MAX {
            return Err(Fault::PackedPolicyTooLarge(text::packed_policy_too_large(percent)));
        }
        Ok(Some(percent.try_into().unwrap_or(i64::MAX)))
    }
}

fn check_document(document: &str) -> Result<()> {
    if document.chars().count() > POLICY_CHARS_MAX {
        return Err(Fault::ValidationError(text::session_policy_too_long(document, POLICY_CHARS_MAX)));
    }
    match Policy::compile("session policy", document, Purpose::Identity, POLICY_CHARS_MAX) {
        Ok(_) => Ok(()),
        Err(PolicyError::Malformed(text)) => Err(Fault::MalformedPolicyDocument(text)),
        Err(error) => Err(Fault::MalformedPolicyDocument(error.to_string())),
    }
}

fn check_arn(policy: &str) -> Result<()> {
    let is_of_policy = policy.starts_with("arn:aws:iam::") && policy.contains(":policy/");
    if is_of_policy { Ok(()) } else { Err(Fault::ValidationError(text::arn_not_valid(policy))) }
}
