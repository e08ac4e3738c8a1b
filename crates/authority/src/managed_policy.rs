//! The managed policies that every account has, as AWS describes its own.

use keystead_aws::model::iam::{ManagedPolicyDetail, PolicyVersion};
use keystead_aws::percent_encode;
use keystead_core::Timestamp;

/// `AdministratorAccess`, the one there is so far. Source: AWS Managed Policy Reference Guide.
const ADMINISTRATOR_ACCESS_ID: &str = "ANPAIWMBCKSKIEE64ZLYK";
const DOCUMENT: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
/// 2015-02-06T18:39:46Z, and never changed since.
const CREATED_AT: Timestamp = Timestamp::from_secs(1_423_247_986);

/// How often a policy is in use.
pub(crate) struct Usage {
    /// By how many users as a permission.
    pub(crate) attachments: i64,
    /// By how many as a boundary.
    pub(crate) boundaries: i64,
}

/// `AdministratorAccess` in full, which is without its description.
pub(crate) fn administrator_access(arn: String, usage: &Usage) -> ManagedPolicyDetail {
    let version = PolicyVersion {
        document: Some(percent_encode(DOCUMENT)),
        version_id: Some("v1".to_owned()),
        is_default_version: Some(true),
        create_date: Some(CREATED_AT),
    };
    ManagedPolicyDetail {
        policy_name: arn.rsplit('/').next().map(str::to_owned),
        policy_id: Some(ADMINISTRATOR_ACCESS_ID.to_owned()),
        arn: Some(arn),
        path: Some("/".to_owned()),
        default_version_id: version.version_id.clone(),
        attachment_count: Some(usage.attachments),
        permissions_boundary_usage_count: Some(usage.boundaries),
        is_attachable: Some(true),
        create_date: Some(CREATED_AT),
        update_date: Some(CREATED_AT),
        policy_version_list: vec![version],
        ..Default::default()
    }
}
