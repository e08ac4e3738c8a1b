//! Making what launching needs, in one region: an SSH key pair, whose private key is sealed before anything else is
//! done, and a security group that nothing may reach through unless that is asked for.
//!
//! What has a name already is left as it is. A call whose answer was lost is not repeated blindly: first it is looked
//! what became of it, and a key pair whose private key was lost with the answer is deleted and made again.

use std::net::IpAddr;

use keystead_aws::error::{Fault, Result};
use keystead_core::SecretString;
use keystead_core::rng::uuid;
use keystead_gate::Context;
use keystead_store::Command;
use keystead_store::cloud_ssh_keys::{CloudSshKey, material_place};
use serde::Serialize;
use utoipa::ToSchema;

use crate::connection::Connection;
use crate::provider::prerequisites::{KeyPair, Opening};
use crate::provider::{CloudFault, Outcome, Patience};

/// How often something is made whose answer is lost.
const TRIES: usize = 2;
/// Networks of fewer common bits than this are the world.
const WORLD_PREFIX: u8 = 8;

/// What to make.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The key pair's name, where one is wanted.
    pub ssh_key: Option<String>,
    /// The security group's name, where one is wanted.
    pub security_group: Option<String>,
    /// What may reach through the group.
    pub openings: Vec<Opening>,
}

/// What became of it in a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct RegionOutcome {
    /// The region.
    pub region: String,
    /// The SSH key pair; null where none was wanted.
    pub ssh_key: Option<Made>,
    /// The security group; null where none was wanted.
    pub security_group: Option<Made>,
}

/// What became of one thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Made {
    /// `created`, `exists` (and was left as it is) or `failed`.
    pub state: &'static str,
    /// What the cloud knows it by.
    pub id: Option<String>,
    /// Of a key pair: whether its private key is kept here.
    pub has_material: Option<bool>,
    /// What else is to be said of it.
    pub message: Option<String>,
}

impl Made {
    fn of(state: &'static str, id: &str) -> Self {
        Self { state, id: Some(id.to_owned()), has_material: None, message: None }
    }

    /// Something that could not be made, and why.
    pub fn failed(why: impl ToString) -> Self {
        Self { state: "failed", id: None, has_material: None, message: Some(why.to_string()) }
    }

    fn with_message(self, message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..self }
    }
}

/// Makes it all in a region.
pub fn make(cx: &Context, connection: &Connection, region: &str, wanted: &Wanted) -> Result<RegionOutcome> {
    let place = Place { cx, connection, region };
    let key = wanted.ssh_key.as_deref().map(|name| place.key_pair(name)).transpose()?;
    let group = wanted.security_group.as_deref().map(|name| place.security_group(name, &wanted.openings));
    Ok(RegionOutcome { region: region.to_owned(), ssh_key: key, security_group: group.transpose()? })
}

/// A region of a connected account.
struct Place<'p> {
    cx: &'p Context,
    connection: &'p Connection,
    region: &'p str,
}

/// Whether the call may have had its effect although there is no answer that can be used.
fn is_lost(fault: &CloudFault) -> bool {
    match fault {
        CloudFault::Unreachable(_) | CloudFault::Unreadable(_) => true,
        CloudFault::Failed { status, .. } => *status >= 500,
        _ => false,
    }
}

impl Place<'_> {
    fn key_pair(&self, name: &str) -> Result<Made> {
        match self.find_key_pair(name)? {
            Ok(Some(found)) => return self.existing(&found),
            Ok(None) => {}
            Err(fault) => return Ok(Made::failed(fault)),
        }
        for _ in 0..TRIES {
            let made = self.connection.reach(Patience::SHORT, |reach| {
                self.connection.provider.prerequisites().create_key_pair(reach, self.region, name)
            })?;
            let fault = match made {
                Ok((pair, material)) => return self.keep(name, &pair, &material),
                Err(fault) => fault,
            };
            match self.find_key_pair(name)? {
                // There was none of this name when this began: it is the one whose private key was lost.
                Ok(Some(made)) if is_lost(&fault) => {
                    if let Err(stays) = self.delete(&made)? {
                        return Ok(Made::failed(left_behind(&made, &fault, &stays)));
                    }
                }
                // Somebody else was quicker.
                Ok(Some(found)) => return self.existing(&found),
                Ok(None) if is_lost(&fault) => {}
                Ok(None) => return Ok(Made::failed(fault)),
                Err(unseen) => {
                    return Ok(Made::failed(format!(
                        "{fault}; whether it was made all the same is not known ({unseen}): ask again"
                    )));
                }
            }
        }
        Ok(Made::failed(format!("the cloud's answer was lost {TRIES} times; nothing was left behind")))
    }

    fn find_key_pair(&self, name: &str) -> Result<Outcome<Option<KeyPair>>> {
        self.connection.reach(Patience::SHORT, |reach| {
            self.connection.provider.prerequisites().find_key_pair(reach, self.region, name)
        })
    }

    fn delete(&self, pair: &KeyPair) -> Result<Outcome<()>> {
        self.connection.reach(Patience::LONG, |reach| {
            self.connection.provider.prerequisites().delete_key_pair(reach, self.region, &pair.id)
        })
    }

    fn existing(&self, found: &KeyPair) -> Result<Made> {
        let cloud = &self.connection.cloud;
        let kept =
            self.cx.gate().store().read(|tx| {
                tx.cloud_ssh_keys().find(cloud.account, &cloud.id, &found.id).map_err(Fault::from)
            })?;
        Ok(Made { has_material: Some(kept.is_some()), ..Made::of("exists", &found.id) })
    }

    /// Seals and stores a private key; a key pair of which that is not possible is deleted again.
    fn keep(&self, name: &str, pair: &KeyPair, material: &SecretString) -> Result<Made> {
        match self.store(name, pair, material) {
            Ok(()) => Ok(Made { has_material: Some(true), ..Made::of("created", &pair.id) }),
            Err(fault) => {
                tracing::warn!(error = ?fault, "the private key of a new SSH key could not be kept");
                let why = "its private key could not be kept";
                Ok(match self.delete(pair)? {
                    Ok(()) => Made::failed(format!("{why}, so that it was deleted again")),
                    Err(stays) => Made::failed(left_behind(pair, &why, &stays)),
                })
            }
        }
    }

    fn store(&self, name: &str, pair: &KeyPair, material: &SecretString) -> Result<()> {
        let (cx, cloud) = (self.cx, &self.connection.cloud);
        let place = material_place(cloud.account, &cloud.id, &pair.id);
        let key = CloudSshKey {
            account: cloud.account,
            cloud_account_id: cloud.id.clone(),
            id: pair.id.clone(),
            region: self.region.to_owned(),
            name: name.to_owned(),
            fingerprint: pair.fingerprint.clone(),
            material: cx.sealer().seal(&place, material.expose().as_bytes(), cx.rng())?,
            created_by: cx.caller.arn().to_string(),
            creator_id: cx.principal()?.id.to_string(),
            created_at: cx.now,
        };
        let command = Command { id: uuid(cx.rng()), account: Some(cloud.account), invocation_id: None };
        cx.gate().store().write(command, move |tx| Ok(tx.cloud_ssh_keys().put(&key)?))
    }

    fn security_group(&self, name: &str, openings: &[Opening]) -> Result<Made> {
        let left = "it was there already, and nothing of it was changed";
        let existing = |ids: &[String]| {
            let made = Made::of("exists", &ids.join(", "));
            if openings.is_empty() { made } else { made.with_message(format!("{left}: no port was opened")) }
        };
        match self.list_groups(name)? {
            Ok(ids) if !ids.is_empty() => return Ok(existing(&ids)),
            Ok(_) => {}
            Err(fault) => return Ok(Made::failed(fault)),
        }
        let made = self.connection.reach(Patience::SHORT, |reach| {
            self.connection.provider.prerequisites().create_security_group(reach, self.region, name)
        })?;
        let id = match made {
            Ok(id) => id,
            // There was none when this began: it is the one that was made.
            Err(fault) => match self.list_groups(name)? {
                Ok(ids) if is_lost(&fault) => match ids.into_iter().next() {
                    Some(id) => id,
                    None => return Ok(Made::failed(fault)),
                },
                Ok(ids) if !ids.is_empty() => return Ok(existing(&ids)),
                _ => return Ok(Made::failed(fault)),
            },
        };
        let made = Made::of("created", &id);
        if openings.is_empty() {
            return Ok(made.with_message("nothing may reach through it until a port is opened"));
        }
        let opened = self.connection.reach(Patience::SHORT, |reach| {
            self.connection.provider.prerequisites().open(reach, self.region, &id, openings)
        })?;
        Ok(match opened {
            Ok(()) => made,
            Err(fault) => made.with_message(format!("the ports may not be open: {fault}")),
        })
    }

    fn list_groups(&self, name: &str) -> Result<Outcome<Vec<String>>> {
        self.connection.reach(Patience::SHORT, |reach| {
            self.connection.provider.prerequisites().list_security_groups(reach, self.region, name)
        })
    }
}

fn left_behind(pair: &KeyPair, why: &dyn std::fmt::Display, stays: &CloudFault) -> String {
    format!(
        "{why}, and the key pair {} could not be deleted again ({stays}): delete it at the cloud",
        pair.id
    )
}

/// Ports and addresses as they stand in an input, for example 22 or 8000-8080 and 10.0.0.0/8.
pub fn opening(protocol: &str, ports: &str, cidr: &str) -> Result<Opening> {
    let refuse = |text: String| Err(Fault::ValidationError(text));
    if !matches!(protocol, "tcp" | "udp") {
        return refuse("`protocol` of what is opened is tcp or udp.".to_owned());
    }
    let (from, to) = ports.split_once('-').unwrap_or((ports, ports));
    let (Ok(from_port), Ok(to_port)) = (from.parse::<u16>(), to.parse::<u16>()) else {
        return refuse(
            "`ports` of what is opened is a port or two with a hyphen, for example 22 or 8000-8080."
                .to_owned(),
        );
    };
    let network = cidr
        .split_once('/')
        .and_then(|(address, prefix)| Some((address.parse::<IpAddr>().ok()?, prefix.parse::<u8>().ok()?)));
    let bits = |network: &IpAddr| if network.is_ipv4() { 32 } else { 128 };
    match network {
        Some((network, prefix)) if prefix <= bits(&network) && from_port <= to_port => {
            Ok(Opening { protocol: protocol.to_owned(), from_port, to_port, network, prefix })
        }
        Some((network, prefix)) if prefix <= bits(&network) => {
            refuse("`ports` of what is opened begins with the lower port.".to_owned())
        }
        _ => refuse(
            "`cidr` of what is opened is a network, for example 203.0.113.0/24 or 2001:db8::/32.".to_owned(),
        ),
    }
}

/// Whether it lets in the world.
pub fn is_world(opening: &Opening) -> bool {
    opening.prefix < WORLD_PREFIX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_opened_is_read_strictly_and_the_world_is_known_in_any_spelling() {
        let read = opening("tcp", "8000-8080", "203.0.113.0/24").unwrap();
        assert_eq!((read.from_port, read.to_port, read.prefix, is_world(&read)), (8000, 8080, 24, false));
        for cidr in ["0.0.0.0/0", "::/0", "0:0:0:0:0:0:0:0/0", "128.0.0.0/1", "2000::/3"] {
            assert!(is_world(&opening("tcp", "22", cidr).unwrap()), "{cidr}");
        }
        for (protocol, ports, cidr) in [
            ("all", "22", "10.0.0.0/8"),
            ("tcp", "22-", "10.0.0.0/8"),
            ("tcp", "80-22", "10.0.0.0/8"),
            ("tcp", "65536", "10.0.0.0/8"),
            ("tcp", "22", "10.0.0.0"),
            ("tcp", "22", "10.0.0.0/33"),
            ("tcp", "22", "world"),
        ] {
            assert!(opening(protocol, ports, cidr).is_err(), "{protocol} {ports} {cidr}");
        }
    }
}
