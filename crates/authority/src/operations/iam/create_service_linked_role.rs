//! CreateServiceLinkedRole: the role that a service of AWS has in the account.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{CreateServiceLinkedRoleRequest, CreateServiceLinkedRoleResponse};
use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::{Arn, Quota, Role};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{OnConstraint, Touched, Tx};

use crate::role;
use crate::service_linked_role::Template;

/// CreateServiceLinkedRole. Source: IAM API reference, CreateServiceLinkedRole.
pub struct CreateServiceLinkedRole;

/// A role drawn, and ARN of the policy it will have.
pub struct NewRole {
    role: Role,
    policy_arn: String,
}

impl Operation for CreateServiceLinkedRole {
    type Input = CreateServiceLinkedRoleRequest;
    type Prepared = NewRole;
    type Output = CreateServiceLinkedRoleResponse;
    const NAME: &'static str = "CreateServiceLinkedRole";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        let template = Template::find(&input.aws_service_name, input.custom_suffix.as_deref())?;
        Ok(Arn::role(cx.account(), &template.path(), template.name()))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        ContextKeys::default().with("iam:AWSServiceName", &*input.aws_service_name)
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<NewRole> {
        let template = Template::find(&input.aws_service_name, input.custom_suffix.as_deref())?;
        let (policy_arn, id) = (template.policy_arn(), unique_id(UniqueIdKind::Role, cx.rng()));
        let role = template.role(cx.account(), id, input.description, cx.now.whole_second());
        Ok(NewRole { role, policy_arn })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, new: &NewRole) -> Result<CreateServiceLinkedRoleResponse> {
        let NewRole { role, policy_arn } = new;
        let count = tx.roles().insert(role).on_constraint("roles_name_unique", || {
            Fault::InvalidInput(text::service_role_exists(&role.name))
        })?;
        cx.check_quota(Quota::Roles, count)?;
        tx.policy_attachments().attach(role.account, &role.id, policy_arn, cx.now)?;
        tx.touch(Touched::Principal { account: role.account, id: role.id.clone() });
        Ok(CreateServiceLinkedRoleResponse { role: Some(role::shown(cx, role)) })
    }
}
