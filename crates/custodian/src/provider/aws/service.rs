//! The services that are asked, and where each answers.
//! Source: the endpoint rules of the service models that botocore publishes.

use crate::endpoint::Endpoint;

/// A service of AWS.
#[derive(Debug, PartialEq, Eq)]
pub struct Service {
    /// As it stands in addresses, signatures and actions.
    pub id: &'static str,
    /// As people call it.
    pub title: &'static str,
    /// Version of its API.
    pub version: &'static str,
    /// Whether there is one of it for the whole partition.
    pub is_global: bool,
}

/// Who a key is, and keys of roles.
pub const STS: Service = Service { id: "sts", title: "STS", version: "2011-06-15", is_global: false };
/// Users, their keys, certificates.
pub const IAM: Service = Service { id: "iam", title: "IAM", version: "2010-05-08", is_global: true };
/// Instances, networks, volumes.
pub const EC2: Service = Service { id: "ec2", title: "EC2", version: "2016-11-15", is_global: false };
/// Queues.
pub const SQS: Service = Service { id: "sqs", title: "SQS", version: "2012-11-05", is_global: false };
/// Databases.
pub const RDS: Service = Service { id: "rds", title: "RDS", version: "2014-10-31", is_global: false };
/// Load balancers of the second kind.
pub const ELBV2: Service =
    Service { id: "elasticloadbalancing", title: "ELB", version: "2015-12-01", is_global: false };
/// Load balancers of the first kind.
pub const ELB: Service =
    Service { id: "elasticloadbalancing", title: "ELB", version: "2012-06-01", is_global: false };
/// Buckets, whose list any region of the partition answers.
pub const S3: Service = Service { id: "s3", title: "S3", version: "2006-03-01", is_global: false };
/// Distributions.
pub const CLOUDFRONT: Service =
    Service { id: "cloudfront", title: "CloudFront", version: "2020-05-31", is_global: true };

impl Service {
    /// Where it answers for a region, without a path.
    pub fn address(&self, endpoint: &Endpoint, region: &str) -> String {
        if let Some(url) = &endpoint.url {
            return url.replace("{service}", self.id).replace("{region}", region);
        }
        let suffix = if endpoint.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        match (self.is_global, &*endpoint.partition) {
            (true, "aws-cn") if self.id == "cloudfront" => {
                format!("https://cloudfront.cn-northwest-1.{suffix}")
            }
            (true, "aws") => format!("https://{}.{suffix}", self.id),
            (true, "aws-us-gov") => format!("https://{}.us-gov.{suffix}", self.id),
            (true, _) => format!("https://{}.{}.{suffix}", self.id, endpoint.region),
            (false, _) => format!("https://{}.{region}.{suffix}", self.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::own;

    #[test]
    fn each_partition_has_its_addresses() {
        let addresses: Vec<String> = own()
            .flat_map(|endpoint| [IAM.address(&endpoint, "x"), EC2.address(&endpoint, &endpoint.region)])
            .collect();
        assert_eq!(
            addresses,
            [
                "https://iam.amazonaws.com",
                "https://ec2.us-east-1.amazonaws.com",
                "https://iam.cn-north-1.amazonaws.com.cn",
                "https://ec2.cn-north-1.amazonaws.com.cn",
                "https://iam.us-gov.amazonaws.com",
                "https://ec2.us-gov-west-1.amazonaws.com",
            ]
        );
    }
}
