//! ListPoliciesGrantingServiceAccess: the policies of a user, group or role that allow anything of given services.

use std::sync::Arc;

use keystead_aws::error::{Fault, Result};
use keystead_aws::model::iam::{
    ListPoliciesGrantingServiceAccessEntry, ListPoliciesGrantingServiceAccessRequest,
    ListPoliciesGrantingServiceAccessResponse, PolicyGrantingServiceAccess,
};
use keystead_core::Arn;
use keystead_gate::ring::Principal;
use keystead_gate::{Context, Kind, Operation};
use keystead_policy::{Policy, Purpose};
use keystead_store::Tx;

use crate::granted::{self, Granted, Source};
use crate::grantee;
use crate::page::PageRequest;

/// ListPoliciesGrantingServiceAccess. Source: IAM API reference, ListPoliciesGrantingServiceAccess.
pub struct ListPoliciesGrantingServiceAccess;

/// Whose policies, about which services, and which page of these.
pub struct Wanted {
    source: Arc<Principal>,
    services: Vec<String>,
    page: PageRequest,
}

impl Operation for ListPoliciesGrantingServiceAccess {
    type Input = ListPoliciesGrantingServiceAccessRequest;
    type Prepared = Wanted;
    type Output = ListPoliciesGrantingServiceAccessResponse;
    const NAME: &'static str = "ListPoliciesGrantingServiceAccess";
    const KIND: Kind = Kind::Read;

    fn resource(_: &Context, input: &Self::Input) -> Result<Arn> {
        Ok(Arn::written(&*input.arn))
    }

    fn prepare(cx: &Context, input: Self::Input) -> Result<Wanted> {
        Ok(Wanted {
            source: grantee::find_by_arn(cx, &input.arn)?,
            services: input.service_namespaces,
            page: PageRequest::read(input.marker.as_deref(), None)?,
        })
    }

    fn commit(
        tx: &mut Tx<'_>,
        cx: &Context,
        wanted: &Wanted,
    ) -> Result<ListPoliciesGrantingServiceAccessResponse> {
        let granted = granted::all(tx, cx, &wanted.source)?;
        let compiled = granted.into_iter().map(|granted| {
            let policy = Policy::compile(&granted.name, &granted.document, Purpose::Identity, usize::MAX);
            Ok((policy.map_err(Fault::internal)?, granted))
        });
        let compiled: Vec<(Policy, Granted)> = compiled.collect::<Result<_>>()?;
        let numbered = wanted.services.iter().enumerate().collect();
        let page = wanted.page.cut_whole(numbered, |(number, _)| format!("{number:03}"));
        let entry = |(_, service): (usize, &String)| {
            let granting = compiled.iter().filter(|(policy, _)| policy.allows_some_action_of(service));
            ListPoliciesGrantingServiceAccessEntry {
                service_namespace: Some(service.clone()),
                policies: granting.map(|(_, granted)| shown(granted)).collect(),
            }
        };
        Ok(ListPoliciesGrantingServiceAccessResponse {
            policies_granting_service_access: page.items.into_iter().map(entry).collect(),
            is_truncated: page.marker.is_some(),
            marker: page.marker,
        })
    }
}

/// A policy of the list: an inline one is found by whose it is, a managed one by its ARN.
fn shown(granted: &Granted) -> PolicyGrantingServiceAccess {
    let policy_name = granted.name.clone();
    match &granted.source {
        Source::Managed { arn } => PolicyGrantingServiceAccess {
            policy_name,
            policy_type: "MANAGED".to_owned(),
            policy_arn: Some(arn.clone()),
            ..Default::default()
        },
        Source::Inline { kind, owner } => PolicyGrantingServiceAccess {
            policy_name,
            policy_type: "INLINE".to_owned(),
            entity_type: Some(grantee::noun(*kind).to_ascii_uppercase()),
            entity_name: Some(owner.clone()),
            ..Default::default()
        },
    }
}
