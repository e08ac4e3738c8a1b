//! AssumeRoot: the root user of the account for one task. What the task leaves out is denied to the session.
//!
//! AWS has it for the accounts of an organization; here there are none, so an account reaches its own root user
//! by it and no other.

use std::time::Duration;

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::sts::{AssumeRootRequest, AssumeRootResponse};
use keystead_core::{AccountId, Arn, arn};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::session::{Claims, SessionKind};
use keystead_gate::{Context, Kind, Operation};
use keystead_policy::managed::MANAGED_POLICIES;
use keystead_store::Tx;

use crate::session::{self, Terms};

/// AssumeRoot. Source: STS API reference, AssumeRoot.
pub struct AssumeRoot;

const SECONDS_DEFAULT: i64 = 900;

impl Operation for AssumeRoot {
    type Input = AssumeRootRequest;
    type Prepared = AssumeRootResponse;
    type Output = AssumeRootResponse;
    const NAME: &'static str = "AssumeRoot";
    const KIND: Kind = Kind::Write;
    const REVEALS_SECRET: bool = true;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::root(target(&input.target_principal)?))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        ContextKeys::default().with_some("sts:TaskPolicyArn", input.task_policy_arn.arn.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<AssumeRootResponse> {
        let resource = Self::resource(cx, &input)?;
        // A root user has no need of it, and would have another account's by it.
        if cx.principal()?.is_root() {
            return Err(Fault::AccessDenied {
                caller: cx.caller.arn().to_string(),
                action: "sts:AssumeRoot".to_owned(),
                resource: resource.to_string(),
                because: String::new(),
                message: None,
            });
        }
        let task = input.task_policy_arn.arn.unwrap_or_default();
        if !MANAGED_POLICIES.iter().any(|shipped| shipped.is_root_task() && shipped.arn() == task) {
            return Err(Fault::ValidationError(text::no_root_task(&task)));
        }
        let seconds = input.duration_seconds.unwrap_or(SECONDS_DEFAULT);
        let lasts = Duration::from_secs(seconds.unsigned_abs());
        let terms = Terms { kind: SessionKind::Root, principal: &cx.account().to_string(), lasts };
        let claims = Claims { policy_arns: vec![task], ..session::claims(cx, terms) };
        Ok(AssumeRootResponse {
            source_identity: claims.source_identity.clone(),
            credentials: Some(session::issue(cx, cx.account(), claims)?),
            ..Default::default()
        })
    }

    fn commit(_: &mut Tx<'_>, _: &Context, made: &AssumeRootResponse) -> Result<AssumeRootResponse> {
        Ok(made.clone())
    }
}

/// The account that is meant, by its number or the ARN of its root user.
fn target(principal: &str) -> Result<AccountId> {
    let named = arn::account_of(principal).filter(|account| Arn::root(*account).as_str() == principal);
    named
        .or_else(|| principal.parse().ok())
        .ok_or_else(|| Fault::ValidationError(text::principal_arn_not_valid(principal)))
}
