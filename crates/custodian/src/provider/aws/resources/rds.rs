//! What RDS has.

use crate::provider::aws::listing::{LISTING, Listing, Title};
use crate::provider::aws::service::RDS;

/// Database instances.
pub(super) static DB_INSTANCES: Listing = Listing {
    name: "db_instances",
    service: &RDS,
    action: "DescribeDBInstances",
    parameters: &[("MaxRecords", "100")],
    next: Some(("Marker", &["DescribeDBInstancesResult", "Marker"])),
    items: &["DescribeDBInstancesResult", "DBInstances", "DBInstance"],
    id: &[&["DBInstanceIdentifier"]],
    title: Title::At(&["DBInstanceIdentifier"]),
    state: Some(&["DBInstanceStatus"]),
    attributes: &[
        ("engine", &["Engine"]),
        ("engine_version", &["EngineVersion"]),
        ("instance_class", &["DBInstanceClass"]),
        ("size_gib", &["AllocatedStorage"]),
        ("host", &["Endpoint", "Address"]),
        ("port", &["Endpoint", "Port"]),
        ("public", &["PubliclyAccessible"]),
        ("encrypted", &["StorageEncrypted"]),
        ("arn", &["DBInstanceArn"]),
        ("created_at", &["InstanceCreateTime"]),
    ],
    tags: Some((&["TagList", "Tag"], "Key", "Value")),
    ..LISTING
};
