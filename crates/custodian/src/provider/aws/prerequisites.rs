//! Key pairs and security groups of EC2.

use keystead_aws::xml::Element;
use keystead_core::SecretString;

use super::listing::at;
use super::service::EC2;
use super::{Call, query};
use crate::provider::prerequisites::{KeyPair, Opening, Prerequisites};
use crate::provider::{CloudFault, Outcome, Reach};

/// What security groups made here say of themselves.
const DESCRIPTION: &str = "Keystead";

/// See [`Prerequisites`].
pub(super) struct OfEc2;

/// All calls that are made here.
const ACTIONS: [&str; 6] = [
    "DescribeKeyPairs",
    "CreateKeyPair",
    "DeleteKeyPair",
    "DescribeSecurityGroups",
    "CreateSecurityGroup",
    "AuthorizeSecurityGroupIngress",
];

fn filtered<'a>(action: &'static str, region: &'a str, filter: &'a str, value: &'a str) -> Call<'a> {
    Call::of(&EC2, action).in_region(region).with("Filter.1.Name", filter).with("Filter.1.Value.1", value)
}

fn changing<'a>(action: &'static str, region: &'a str) -> Call<'a> {
    Call::of(&EC2, action).in_region(region).changing()
}

fn key_pair(of: &Element) -> Outcome<KeyPair> {
    let id = of.text_at(&["keyPairId"]).filter(|id| !id.is_empty() && id.len() <= 128);
    let id = id.ok_or_else(|| CloudFault::Unreadable("there is no id of a key pair in it".to_owned()))?;
    Ok(KeyPair { id: id.to_owned(), fingerprint: of.text_at(&["keyFingerprint"]).map(str::to_owned) })
}

impl Prerequisites for OfEc2 {
    fn actions(&self) -> Vec<String> {
        ACTIONS.map(|action| Call::of(&EC2, action).action()).into()
    }

    fn find_key_pair(&self, reach: &Reach<'_>, region: &str, name: &str) -> Outcome<Option<KeyPair>> {
        let reply = query(reach, &filtered("DescribeKeyPairs", region, "key-name", name))?;
        let found = at(&reply, &["keySet", "item"]);
        let named = found.into_iter().find(|item| item.text_at(&["keyName"]) == Some(name));
        named.map(key_pair).transpose()
    }

    fn create_key_pair(
        &self,
        reach: &Reach<'_>,
        region: &str,
        name: &str,
    ) -> Outcome<(KeyPair, SecretString)> {
        let call = |kind: &'static str| {
            changing("CreateKeyPair", region).with("KeyName", name).with("KeyType", kind)
        };
        let reply = match query(reach, &call("ed25519")) {
            // Not every region, nor every cloud, has keys of this type.
            Err(CloudFault::Failed { status: 400, .. }) => query(reach, &call("rsa"))?,
            reply => reply?,
        };
        let made = key_pair(&reply)?;
        let material = reply.text_at(&["keyMaterial"]).filter(|material| !material.trim().is_empty());
        let none = || CloudFault::Unreadable("there is no private key in it".to_owned());
        Ok((made, material.ok_or_else(none)?.to_owned().into()))
    }

    fn delete_key_pair(&self, reach: &Reach<'_>, region: &str, id: &str) -> Outcome<()> {
        // To delete one of this id twice does no harm.
        let call = Call::of(&EC2, "DeleteKeyPair").in_region(region).with("KeyPairId", id);
        query(reach, &call).map(drop)
    }

    fn list_security_groups(&self, reach: &Reach<'_>, region: &str, name: &str) -> Outcome<Vec<String>> {
        let reply = query(reach, &filtered("DescribeSecurityGroups", region, "group-name", name))?;
        let found = at(&reply, &["securityGroupInfo", "item"]).into_iter();
        let named = found.filter(|item| item.text_at(&["groupName"]) == Some(name));
        Ok(named.filter_map(|item| item.text_at(&["groupId"]).map(str::to_owned)).collect())
    }

    fn create_security_group(&self, reach: &Reach<'_>, region: &str, name: &str) -> Outcome<String> {
        let call = changing("CreateSecurityGroup", region).with("GroupName", name);
        let reply = query(reach, &call.with("GroupDescription", DESCRIPTION))?;
        let id = reply.text_at(&["groupId"]).filter(|id| !id.is_empty());
        let none = || CloudFault::Unreadable("there is no id of a security group in it".to_owned());
        id.map(str::to_owned).ok_or_else(none)
    }

    fn open(&self, reach: &Reach<'_>, region: &str, group_id: &str, openings: &[Opening]) -> Outcome<()> {
        let mut call = changing("AuthorizeSecurityGroupIngress", region).with("GroupId", group_id);
        for (number, opening) in (1..).zip(openings) {
            let member = |name: &str| format!("IpPermissions.{number}.{name}");
            let range = if opening.network.is_ipv4() { "IpRanges.1.CidrIp" } else { "Ipv6Ranges.1.CidrIpv6" };
            call = call
                .with(member("IpProtocol"), opening.protocol.clone())
                .with(member("FromPort"), opening.from_port.to_string())
                .with(member("ToPort"), opening.to_port.to_string())
                .with(member(range), format!("{}/{}", opening.network, opening.prefix));
        }
        query(reach, &call).map(drop)
    }
}
