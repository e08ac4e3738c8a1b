//! AWS, and whoever speaks its protocols.

mod call;
mod key_use;
pub mod listing;
mod prerequisites;
mod probe;
mod resources;
mod rights;
pub mod service;

use keystead_aws::xml::Element;

pub use call::{Call, query, query_items};
pub use service::Service;

use super::prerequisites::Prerequisites;
use super::resource::ResourceKind;
use super::{CloudFault, CloudKey, Identity, KeyUse, Outcome, Provider, Reach, Region, Right};
use crate::endpoint::Endpoint;

/// What this provider is called.
pub const NAME: &str = "aws";

/// AWS.
pub struct Aws;

/// A region that is no more than it seems: its name becomes part of an address.
fn is_region(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Whether a region is of another of AWS's partitions, where keys of this one are nobody's.
fn is_elsewhere(name: &str, partition: &str) -> bool {
    let known =
        [("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"), ("us-iso", "aws-iso"), ("eu-isoe-", "aws-iso-e")];
    known.iter().any(|(begins, own)| name.starts_with(begins) && !partition.starts_with(own))
}

/// The regions there are.
fn regions_call() -> Call<'static> {
    Call::of(&service::EC2, "DescribeRegions").with("AllRegions", "true")
}

/// One of these is among the rights of any policy a connection can be useful with.
fn rights_calls() -> [Call<'static>; 3] {
    [
        Call::of(&service::EC2, "DescribeRegions"),
        Call::of(&service::IAM, "ListUsers").with("MaxItems", "1"),
        Call::of(&service::SQS, "ListQueues"),
    ]
}

/// An ARN is shown and compared as it is: no more than what can stand in one.
fn is_arn(text: &str) -> bool {
    text.len() <= 2048 && text.bytes().all(|b| b.is_ascii_graphic())
}

impl Provider for Aws {
    fn identify_in(&self, reach: &Reach<'_>, region: &str) -> Outcome<Identity> {
        let call = Call::of(&service::STS, "GetCallerIdentity").in_region(region);
        let reply = query(reach, &call)?;
        let member = |name| reply.text_at(&["GetCallerIdentityResult", name]).map(str::to_owned);
        let (number, arn) = (member("Account"), member("Arn"));
        let (Some(number), Some(arn)) = (number, arn) else {
            return Err(CloudFault::Unreadable("it does not say whose the key is".to_owned()));
        };
        // The two must agree: one that says different things in one answer proves nothing.
        if reach.endpoint.number_in(&arn).as_deref() != Some(&*number) || !is_arn(&arn) {
            return Err(CloudFault::Unreadable(
                "its account number and its principal do not agree".to_owned(),
            ));
        }
        Ok(Identity { number, arn })
    }

    fn check_rights(&self, reach: &Reach<'_>) -> Outcome<()> {
        let mut first = None;
        for call in &rights_calls() {
            match query(reach, call) {
                Ok(_) => return Ok(()),
                Err(fault @ (CloudFault::Denied { .. } | CloudFault::Unsupported(_))) => {
                    first = first.or(Some(fault));
                }
                Err(fault) => return Err(fault),
            }
        }
        Err(first.unwrap_or_else(|| CloudFault::Unreadable("nothing was asked".to_owned())))
    }

    fn assume_role(&self, reach: &Reach<'_>, role_arn: &str, external_id: &str) -> Outcome<CloudKey> {
        let call = Call::of(&service::STS, "AssumeRole")
            .with("RoleArn", role_arn)
            .with("RoleSessionName", "keystead")
            .with("ExternalId", external_id);
        let reply = query(reach, &call)?;
        let member = |name| reply.text_at(&["AssumeRoleResult", "Credentials", name]).map(str::to_owned);
        match (member("AccessKeyId"), member("SecretAccessKey"), member("SessionToken")) {
            (Some(access_key_id), Some(secret), Some(token)) => {
                Ok(CloudKey { access_key_id, secret: secret.into(), session_token: Some(token.into()) })
            }
            _ => Err(CloudFault::Unreadable("there is no temporary key in it".to_owned())),
        }
    }

    fn regions(&self, reach: &Reach<'_>) -> Outcome<Vec<Region>> {
        let reply = match query(reach, &regions_call()) {
            // A cloud without machines has no regions of them: it is one.
            Err(CloudFault::Unsupported(_)) => {
                return Ok(vec![Region { name: reach.endpoint.region.clone(), enabled: true }]);
            }
            reply => reply?,
        };
        let items = reply.at(&["regionInfo"]).map_or(&[][..], |info| &info.children);
        let region = |item: &Element| {
            let name = item.text_at(&["regionName"]).filter(|name| is_region(name))?.to_owned();
            if is_elsewhere(&name, &reach.endpoint.partition) {
                return None;
            }
            Some(Region { name, enabled: item.text_at(&["optInStatus"]) != Some("not-opted-in") })
        };
        let mut regions: Vec<Region> = items.iter().filter_map(region).collect();
        regions.sort_by(|a, b| a.name.cmp(&b.name));
        regions.dedup_by(|a, b| a.name == b.name);
        if regions.is_empty() {
            return Err(CloudFault::Unreadable("it lists no region".to_owned()));
        }
        Ok(regions)
    }

    fn services(&self, endpoint: &Endpoint) -> Vec<super::Service> {
        probe::services(endpoint)
    }

    fn probe(&self, reach: &Reach<'_>, service: &str, region: &str) -> Outcome<Option<&'static str>> {
        probe::probe(reach, service, region)
    }

    fn key_use(&self, reach: &Reach<'_>, principal_arn: &str, access_key_id: &str) -> Outcome<KeyUse> {
        key_use::key_use(reach, principal_arn, access_key_id)
    }

    fn rights(&self, endpoint: &Endpoint) -> Vec<Right> {
        rights::rights(endpoint)
    }

    fn kinds(&self) -> &'static [&'static dyn ResourceKind] {
        resources::KINDS
    }

    fn prerequisites(&self) -> &'static dyn Prerequisites {
        &prerequisites::OfEc2
    }
}
