//! As whom actions are simulated.

use keystead_aws::error::{Fault, Result};
use keystead_core::{AccountId, arn};
use keystead_gate::Context;
use keystead_gate::authorize::{ContextKeys, keys_of_principal};
use keystead_gate::ring::{Principal, PrincipalKind};
use keystead_policy as policy;

/// Who is simulated to ask.
pub(crate) struct Caller {
    pub(super) account: AccountId,
    arn: String,
    id: String,
    /// What is known of it.
    pub(crate) keys: ContextKeys,
}

impl Caller {
    /// A user who is only named. Nothing is looked up of it: whoever may simulate is not shown tags of users that
    /// were not asked about.
    pub(crate) fn named(caller_arn: &str) -> Result<Self> {
        let user = caller_arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(":user/"));
        let (Some((_, path)), Some(account)) = (user, arn::account_of(caller_arn)) else {
            return Err(Fault::InvalidInput(format!(
                "{caller_arn} in CallerArn is not the ARN of an IAM user."
            )));
        };
        let keys = ContextKeys::default()
            .with("aws:PrincipalAccount", account.to_string())
            .with("aws:PrincipalArn", caller_arn)
            .with("aws:PrincipalType", "User")
            .with("aws:username", path.rsplit('/').next().unwrap_or(path));
        Ok(Self { account, arn: caller_arn.to_owned(), id: String::new(), keys })
    }

    /// Somebody of the account of whom no more is known.
    pub(crate) fn anybody(cx: &Context) -> Self {
        let account = cx.account();
        Self {
            account,
            arn: format!("arn:aws:iam::{account}:user/"),
            id: String::new(),
            keys: ContextKeys::default(),
        }
    }

    /// The user or role whose policies are simulated. A group asks nothing: somebody in it does.
    pub(crate) fn is_source(cx: &Context, source: &Principal) -> Self {
        if source.kind == PrincipalKind::Group {
            return Self::anybody(cx);
        }
        Self {
            account: source.account,
            arn: source.arn().to_string(),
            id: source.id.to_string(),
            keys: keys_of_principal(source, None, cx.now),
        }
    }

    /// As policies of resources know it.
    pub(super) fn as_principal(&self) -> policy::Principal<'_> {
        policy::Principal::User { arn: &self.arn, id: &self.id }
    }
}
