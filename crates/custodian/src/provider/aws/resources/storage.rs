//! What S3, SQS and CloudFront have.

use crate::provider::aws::listing::{LISTING, Listing, Title};
use crate::provider::aws::service::{CLOUDFRONT, S3, SQS};

/// Buckets. Every region lists all of them, so they are asked for once.
pub(super) static BUCKETS: Listing = Listing {
    name: "buckets",
    is_global: true,
    service: &S3,
    action: "ListAllMyBuckets",
    path: Some("/"),
    parameters: &[("max-buckets", "1000")],
    next: Some(("continuation-token", &["ContinuationToken"])),
    items: &["Buckets", "Bucket"],
    id: &[&["Name"]],
    title: Title::At(&["Name"]),
    attributes: &[("bucket_region", &["BucketRegion"]), ("created_at", &["CreationDate"])],
    ..LISTING
};

/// Queues.
pub(super) static QUEUES: Listing = Listing {
    name: "queues",
    service: &SQS,
    action: "ListQueues",
    parameters: &[("MaxResults", "1000")],
    next: Some(("NextToken", &["ListQueuesResult", "NextToken"])),
    items: &["ListQueuesResult", "QueueUrl"],
    id: &[&[]],
    title: Title::EndOfId,
    ..LISTING
};

/// Distributions.
pub(super) static DISTRIBUTIONS: Listing = Listing {
    name: "distributions",
    is_global: true,
    service: &CLOUDFRONT,
    action: "ListDistributions",
    path: Some("/2020-05-31/distribution"),
    parameters: &[("MaxItems", "100")],
    next: Some(("Marker", &["NextMarker"])),
    items: &["Items", "DistributionSummary"],
    id: &[&["Id"]],
    title: Title::At(&["DomainName"]),
    state: Some(&["Status"]),
    attributes: &[
        ("enabled", &["Enabled"]),
        ("aliases", &["Aliases", "Items", "CNAME"]),
        ("origins", &["Origins", "Items", "Origin", "DomainName"]),
        ("server_certificate_id", &["ViewerCertificate", "IAMCertificateId"]),
        ("comment", &["Comment"]),
        ("arn", &["ARN"]),
        ("modified_at", &["LastModifiedTime"]),
    ],
    ..LISTING
};
