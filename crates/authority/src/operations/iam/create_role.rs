//! CreateRole: a new role, with the policy that says who may take it on.

use keystead_aws::error::{Fault, Result, text};
use keystead_aws::model::iam::{self, CreateRoleRequest, CreateRoleResponse};
use keystead_core::id::{UniqueIdKind, unique_id};
use keystead_core::role::SESSION_SECONDS_DEFAULT;
use keystead_core::{Arn, Quota, Role, Tag};
use keystead_gate::authorize::ContextKeys;
use keystead_gate::{Context, Kind, Operation};
use keystead_store::{OnConstraint, Touched, Tx};

use crate::trust_policy::TrustPolicy;
use crate::{role, service_linked_role, shape, tagging};

/// CreateRole. Source: IAM API reference, CreateRole.
pub struct CreateRole;

/// A role drawn, and the tags it will have.
pub struct NewRole {
    role: Role,
    tags: Vec<Tag>,
}

impl Operation for CreateRole {
    type Input = CreateRoleRequest;
    type Prepared = NewRole;
    type Output = CreateRoleResponse;
    const NAME: &'static str = "CreateRole";
    const KIND: Kind = Kind::Write;

    fn resource(cx: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::role(cx.account(), input.path.as_deref().unwrap_or("/"), &input.role_name))
    }

    fn context_keys(_: &Context, input: &Self::Input) -> ContextKeys {
        tagging::keys_of_request(&input.tags)
            .with_some("iam:PermissionsBoundary", input.permissions_boundary.as_deref())
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<NewRole> {
        tagging::authorize(cx, "iam:TagRole", &Self::resource(cx, &input)?, &input.tags)?;
        let path = input.path.unwrap_or_else(|| "/".to_owned());
        if path.starts_with(service_linked_role::PATH) {
            return Err(Fault::InvalidInput(text::SERVICE_ROLE_PATH.to_owned()));
        }
        let tags = tagging::read(input.tags)?;
        let trust = TrustPolicy::read(cx, input.assume_role_policy_document)?;
        let role = Role {
            account: cx.account(),
            id: unique_id(UniqueIdKind::Role, cx.rng()),
            name: input.role_name,
            path,
            description: input.description,
            trust_policy: trust.document,
            trusted_ids: trust.trusted_ids,
            max_session_seconds: input.max_session_duration.unwrap_or(SESSION_SECONDS_DEFAULT),
            permissions_boundary: input
                .permissions_boundary
                .map(|arn| shape::boundary(cx, arn))
                .transpose()?,
            service_name: None,
            created_at: cx.now.whole_second(),
        };
        Ok(NewRole { role, tags })
    }

    fn commit(tx: &mut Tx<'_>, cx: &Context, new: &NewRole) -> Result<CreateRoleResponse> {
        let NewRole { role, tags } = new;
        if let Some(arn) = &role.permissions_boundary {
            shape::lock_boundary(tx, cx, arn)?;
        }
        let count = tx.roles().insert(role).on_constraint("roles_name_unique", || {
            Fault::EntityAlreadyExists(text::role_exists(&role.name))
        })?;
        cx.check_quota(Quota::Roles, count)?;
        tagging::put(tx, cx, &role.id, tags)?;
        tx.touch(Touched::Principal { account: role.account, id: role.id.clone() });
        let shown = iam::Role {
            permissions_boundary: shape::bounded_by(role.permissions_boundary.as_deref()),
            tags: tagging::all(tx, cx, &role.id)?,
            ..role::shown(cx, role)
        };
        Ok(CreateRoleResponse { role: shown })
    }
}
