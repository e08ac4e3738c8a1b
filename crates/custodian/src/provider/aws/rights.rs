//! What the credentials of a connection have to be allowed: exactly the calls that are made, taken from the tables
//! and functions that make them.

use std::collections::BTreeSet;

use super::prerequisites::OfEc2;
use super::{Call, probe, regions_call, resources, rights_calls};
use crate::endpoint::Endpoint;
use crate::provider::Right;
use crate::provider::prerequisites::Prerequisites;

/// What rotation does with the keys of the user that it signs as.
const OWN_KEYS: [&str; 5] = [
    "iam:CreateAccessKey",
    "iam:DeleteAccessKey",
    "iam:GetAccessKeyLastUsed",
    "iam:ListAccessKeys",
    "iam:UpdateAccessKey",
];

/// The rights, by what they are for.
pub(super) fn rights(endpoint: &Endpoint) -> Vec<Right> {
    let actions = |calls: &mut dyn Iterator<Item = Call<'_>>| -> BTreeSet<String> {
        // Nobody can be forbidden to ask who it is.
        calls.map(|call| call.action()).filter(|action| action != "sts:GetCallerIdentity").collect()
    };
    let probes = probe::PROBES.iter().map(|probe| (probe.call)());
    let mut prove = probes.chain(rights_calls()).chain([regions_call()]);
    vec![
        Right {
            id: "ProveAndProbe",
            purpose: "to see which regions and services can be used",
            actions: actions(&mut prove),
            resource: "*".to_owned(),
        },
        Right {
            id: "Discover",
            purpose: "to list what there is in the account",
            actions: resources::KINDS.iter().flat_map(|kind| kind.actions()).collect(),
            resource: "*".to_owned(),
        },
        Right {
            id: "Prerequisites",
            purpose: "to make SSH keys and security groups for launching",
            actions: OfEc2.actions().into_iter().collect(),
            resource: "*".to_owned(),
        },
        Right {
            id: "KeysOfItsOwn",
            purpose: "to see when its own keys were last used, and to rotate them",
            actions: OWN_KEYS.map(str::to_owned).into(),
            resource: format!("arn:{}:iam::*:user/${{aws:username}}", endpoint.partition),
        },
    ]
}
