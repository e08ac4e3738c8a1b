//! All policies that somebody was granted, with where each comes from and its document: what is simulated and
//! listed. A decision takes them compiled from the key ring instead.

use keystead_aws::error::Result;
use keystead_gate::Context;
use keystead_gate::ring::{Principal, PrincipalKind};
use keystead_policy::managed::MANAGED_POLICIES;
use keystead_store::Tx;

use crate::grantee;

/// A policy of somebody.
pub(crate) struct Granted {
    /// Its name.
    pub(crate) name: String,
    /// Where it comes from.
    pub(crate) source: Source,
    /// Its document; of a managed policy that of the version in force.
    pub(crate) document: String,
}

/// Where a policy comes from.
pub(crate) enum Source {
    /// A managed policy.
    Managed {
        /// Its ARN.
        arn: String,
    },
    /// A policy of one user, group or role.
    Inline {
        /// Which of these.
        kind: PrincipalKind,
        /// And of which name.
        owner: String,
    },
}

impl Granted {
    /// What the policy simulator calls it.
    pub(crate) fn id(&self) -> String {
        match &self.source {
            Source::Managed { .. } => self.name.clone(),
            Source::Inline { kind, owner } => format!("{}_{owner}_{}", grantee::noun(*kind), self.name),
        }
    }
}

/// The policies of a user, group or role: its own and those of the groups a user is in.
pub(crate) fn all(tx: &mut Tx<'_>, cx: &Context, principal: &Principal) -> Result<Vec<Granted>> {
    let groups = principal.grants.groups.iter().filter_map(|id| cx.ring().find_principal(*id));
    let groups: Vec<_> = groups.collect();
    let mut granted = Vec::new();
    for principal in std::iter::once(principal).chain(groups.iter().map(|group| &**group)) {
        let inline = tx.inline_policies().list(cx.account(), &principal.id.to_string())?;
        granted.extend(inline.into_iter().map(|policy| Granted {
            name: policy.name,
            source: Source::Inline { kind: principal.kind, owner: principal.name.to_string() },
            document: policy.document,
        }));
        for arn in &principal.grants.attached {
            granted.extend(managed(tx, cx, arn)?);
        }
    }
    Ok(granted)
}

/// The managed policy of an ARN, where it is there.
pub(crate) fn managed(tx: &mut Tx<'_>, cx: &Context, arn: &str) -> Result<Option<Granted>> {
    let document = match MANAGED_POLICIES.iter().find(|policy| policy.arn() == arn) {
        Some(shipped) => Some(shipped.document.to_owned()),
        None => tx.policies().find_for_ring(cx.account(), arn)?.map(|(_, document)| document),
    };
    let name = arn.rsplit('/').next().unwrap_or(arn);
    Ok(document.map(|document| Granted {
        name: name.to_owned(),
        source: Source::Managed { arn: arn.to_owned() },
        document,
    }))
}
