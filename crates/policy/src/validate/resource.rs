//! What a resource may look like: `*`, or an ARN of which AWS checks more than its shape.

use super::{Checked, PolicyError};

const PARTITIONS: [&str; 9] =
    ["*", "aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc"];

/// How the resource part of an IAM ARN may begin.
const IAM_PATHS: [&str; 13] = [
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];

/// What S3 has in regions; buckets and objects are in none.
const S3_REGIONAL: [&str; 4] = ["accesspoint/", "access-grants/", "storage-lens/", "job/"];

/// Partition, service, region, account and resource of a text with at least one colon; what is missing
/// is missing at the end.
fn parts(text: &str) -> Option<[Option<&str>; 5]> {
    let (_, rest) = text.split_once(':')?;
    let mut parts = rest.splitn(5, ':');
    Some([parts.next(), parts.next(), parts.next(), parts.next(), parts.next()])
}

/// Whether the older reader lets it pass. It says nothing of what the newer one refuses in words.
pub(super) fn is_legacy(text: &str) -> bool {
    let Some([Some(partition), Some(service), region, account, resource]) = parts(text) else { return true };
    if !PARTITIONS.contains(&partition) {
        return true;
    }
    // A region left empty and then too few parts is an ARN that lost a colon.
    let complete = resource.is_some() || !text.contains("::");
    let plain = |part: Option<&str>| {
        part.unwrap_or_default()
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'*' | b'?'))
    };
    text.starts_with("arn:") && !service.is_empty() && complete && plain(region) && plain(account)
}

/// Checks a resource in the newer reader's words.
pub(super) fn check(text: &str) -> Checked {
    if text == "*" {
        return Ok(());
    }
    let Some([partition, service, region, account, resource]) = parts(text) else {
        return Err(PolicyError::malformed(format!("Resource {text} must be in ARN format or \"*\".")));
    };
    let partition = partition.unwrap_or_default();
    if !PARTITIONS.contains(&partition) {
        let [service, region, account, resource] =
            [service, region, account, resource].map(|part| part.unwrap_or("*"));
        return Err(PolicyError::malformed(format!(
            "Partition \"{partition}\" is not valid for resource \
             \"arn:{partition}:{service}:{region}:{account}:{resource}\"."
        )));
    }
    let Some(service) = service.filter(|service| !service.contains(['*', '?'])) else {
        return Err(PolicyError::malformed(
            "Resource vendor must be fully qualified and cannot contain regexes.",
        ));
    };
    let begins = |beginnings: &[&str]| {
        resource.is_none_or(|resource| beginnings.iter().any(|beginning| resource.starts_with(beginning)))
    };
    let regional = region.is_some_and(|region| !region.is_empty());
    match service {
        "iam" if regional => {
            Err(PolicyError::malformed(format!("IAM resource {text} cannot contain region information.")))
        }
        "iam" if !matches!(resource, Some("*" | "root")) && !begins(&IAM_PATHS) => {
            Err(PolicyError::malformed(format!(
                "IAM resource path must either be \"*\", root, or start with {}.",
                IAM_PATHS.join(", ")
            )))
        }
        "s3" if regional && !begins(&S3_REGIONAL) => {
            Err(PolicyError::malformed(format!("Resource {text} can not contain region information.")))
        }
        _ => Ok(()),
    }
}
