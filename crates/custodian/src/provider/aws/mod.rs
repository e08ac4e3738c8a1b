//! AWS, and whoever speaks its protocols.

mod call;
pub mod listing;
mod resources;
pub mod service;

use keystead_aws::xml::Element;

pub use call::{Call, query};
pub use service::Service;

use super::resource::ResourceKind;
use super::{CloudFault, CloudKey, Identity, Outcome, Provider, Reach, Region};

/// What this provider is called.
pub const NAME: &str = "aws";

/// AWS.
pub struct Aws;

/// A region that is no more than it seems: its name becomes part of an address.
fn is_region(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl Provider for Aws {
    fn identify(&self, reach: &Reach<'_>) -> Outcome<Identity> {
        let reply = query(reach, &Call::of(&service::STS, "GetCallerIdentity"))?;
        let member = |name| reply.text_at(&["GetCallerIdentityResult", name]).map(str::to_owned);
        let (number, arn) = (member("Account"), member("Arn"));
        let (Some(number), Some(arn)) = (number, arn) else {
            return Err(CloudFault::Unreadable("it does not say whose the key is".to_owned()));
        };
        // The two must agree: one that says different things in one answer proves nothing.
        if reach.endpoint.number_in(&arn).as_deref() != Some(&*number) {
            return Err(CloudFault::Unreadable(
                "its account number and its principal do not agree".to_owned(),
            ));
        }
        Ok(Identity { number, arn })
    }

    fn check_rights(&self, reach: &Reach<'_>) -> Outcome<()> {
        // One of these is among the rights of any policy a connection can be useful with.
        let tries = [
            Call::of(&service::EC2, "DescribeRegions"),
            Call::of(&service::IAM, "ListUsers").with("MaxItems", "1"),
            Call::of(&service::SQS, "ListQueues"),
        ];
        let mut first = None;
        for call in &tries {
            match query(reach, call) {
                Ok(_) => return Ok(()),
                Err(fault @ (CloudFault::OptInRequired { .. } | CloudFault::Unreachable(_))) => {
                    return Err(fault);
                }
                Err(fault) => first = first.or(Some(fault)),
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
        let reply = query(reach, &Call::of(&service::EC2, "DescribeRegions").with("AllRegions", "true"))?;
        let items = reply.at(&["regionInfo"]).map_or(&[][..], |info| &info.children);
        let region = |item: &Element| {
            let name = item.text_at(&["regionName"]).filter(|name| is_region(name))?.to_owned();
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

    fn kinds(&self) -> &'static [&'static dyn ResourceKind] {
        resources::KINDS
    }
}
