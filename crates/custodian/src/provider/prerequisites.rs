//! What launching needs at a cloud: an SSH key pair and a security group, made region by region.

use std::net::IpAddr;

use keystead_core::SecretString;

use super::{Outcome, Reach};

/// A key pair at a cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPair {
    /// What the cloud knows it by.
    pub id: String,
    /// Its fingerprint, as the cloud tells it.
    pub fingerprint: Option<String>,
}

/// Addresses that may reach ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The first port.
    pub from_port: u16,
    /// The last port.
    pub to_port: u16,
    /// The addresses' network.
    pub network: IpAddr,
    /// How many bits of it they have in common.
    pub prefix: u8,
}

/// Making what launching needs. What changes anything is called once: whoever gets no answer has to look.
pub trait Prerequisites: Send + Sync {
    /// What it takes, as policies call it.
    fn actions(&self) -> Vec<String>;

    /// The key pair of that name.
    fn find_key_pair(&self, reach: &Reach<'_>, region: &str, name: &str) -> Outcome<Option<KeyPair>>;

    /// Makes a key pair; its private key is told now and never again.
    fn create_key_pair(
        &self,
        reach: &Reach<'_>,
        region: &str,
        name: &str,
    ) -> Outcome<(KeyPair, SecretString)>;

    /// Deletes the key pair of that id.
    fn delete_key_pair(&self, reach: &Reach<'_>, region: &str, id: &str) -> Outcome<()>;

    /// The ids of the security groups of that name.
    fn list_security_groups(&self, reach: &Reach<'_>, region: &str, name: &str) -> Outcome<Vec<String>>;

    /// Makes a security group that nothing may reach through; its id.
    fn create_security_group(&self, reach: &Reach<'_>, region: &str, name: &str) -> Outcome<String>;

    /// Lets addresses in.
    fn open(&self, reach: &Reach<'_>, region: &str, group_id: &str, openings: &[Opening]) -> Outcome<()>;
}
