//! Endpoints of clouds: AWS's own, by partition, and those that the operator registered. A tenant names one and
//! never brings its address: whoever answers at an address of the tenant's could say any account number.

use keystead_aws::error::{Fault, Result};
use keystead_core::arn;
use keystead_store::Tx;
use keystead_store::cloud_endpoints::CloudEndpoint;

/// An endpoint as calls are made to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// What tenants call it.
    pub name: String,
    /// Which cloud's protocols it speaks.
    pub provider: String,
    /// Where it answers, with `{service}` and `{region}` for what is asked; `None` for AWS's own.
    pub url: Option<String>,
    /// The partition of its ARNs.
    pub partition: String,
    /// Where account-wide things are asked for.
    pub region: String,
    /// Whether its word about account numbers is good enough to name an owner.
    pub names_owners: bool,
}

/// AWS's own partitions, and the region of each where account-wide things are asked for.
pub const AWS_PARTITIONS: [(&str, &str); 3] =
    [("aws", "us-east-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")];

/// AWS's own endpoints.
pub fn own() -> impl Iterator<Item = Endpoint> {
    AWS_PARTITIONS.into_iter().map(|(partition, region)| Endpoint {
        name: partition.to_owned(),
        provider: "aws".to_owned(),
        url: None,
        partition: partition.to_owned(),
        region: region.to_owned(),
        names_owners: true,
    })
}

impl From<CloudEndpoint> for Endpoint {
    fn from(row: CloudEndpoint) -> Self {
        Self {
            name: row.name,
            provider: row.provider,
            url: Some(row.url),
            partition: row.partition,
            region: row.region,
            names_owners: row.names_owners,
        }
    }
}

/// The endpoint of that name.
pub fn find(tx: &mut Tx<'_>, name: &str) -> Result<Endpoint> {
    if let Some(endpoint) = own().find(|endpoint| endpoint.name == name) {
        return Ok(endpoint);
    }
    let found = tx.cloud_endpoints().find(name)?.map(Endpoint::from);
    found.ok_or_else(|| {
        Fault::NoSuchEntity(format!(
            "There is no endpoint `{name}`. `endpoint` is aws, aws-cn, aws-us-gov, or one that the operator registered \
             (keystead admin endpoint add)."
        ))
    })
}

/// Refuses what cannot be an endpoint; the text names the field and the fix.
pub fn check(endpoint: &CloudEndpoint) -> Result<()> {
    let refuse = |text: &str| Err(Fault::ValidationError(text.to_owned()));
    let name = &endpoint.name;
    let is_word = |text: &str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if !is_word(name) || AWS_PARTITIONS.iter().any(|(own, _)| own == name) {
        return refuse(
            "The name has 1 to 64 lower-case letters, digits and hyphens, and is not one of AWS's own.",
        );
    }
    if !is_word(&endpoint.region) || !is_word(&endpoint.partition) {
        return refuse("The region and the partition have 1 to 64 lower-case letters, digits and hyphens.");
    }
    let plain = endpoint.url.replace("{service}", "s").replace("{region}", "r");
    let host = plain.strip_prefix("https://").or_else(|| {
        let host = plain.strip_prefix("http://")?;
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(name, "127.0.0.1" | "localhost" | "[::1]").then_some(host)
    });
    let is_address = |host: &str| {
        let right = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
        !host.is_empty() && host.bytes().all(right)
    };
    if !host.is_some_and(is_address) {
        return refuse(
            "The address is https://HOST, or http:// on this machine, without a path; {service} and {region} may \
             stand in it.",
        );
    }
    Ok(())
}

impl Endpoint {
    /// The number of the account that an ARN of this endpoint's partition names.
    pub fn number_in(&self, arn: &str) -> Option<String> {
        let right = arn.split(':').nth(1) == Some(&*self.partition);
        arn::account_of(arn).filter(|_| right).map(|account| account.to_string())
    }
}
