//! What EC2 has. Pages are of sizes that stay far below the longest that is read.

use crate::provider::aws::listing::{LISTING, Listing, Path, Title};
use crate::provider::aws::service::EC2;

const TAGS: Option<(Path, &str, &str)> = Some((&["tagSet", "item"], "key", "value"));
const NEXT: Option<(&str, Path)> = Some(("NextToken", &["nextToken"]));
const BASE: Listing = Listing { service: &EC2, next: NEXT, tags: TAGS, ..LISTING };

/// Instances.
pub(super) static INSTANCES: Listing = Listing {
    name: "instances",
    action: "DescribeInstances",
    parameters: &[("MaxResults", "100")],
    items: &["reservationSet", "item", "instancesSet", "item"],
    id: &[&["instanceId"]],
    state: Some(&["instanceState", "name"]),
    attributes: &[
        ("instance_type", &["instanceType"]),
        ("image_id", &["imageId"]),
        ("key_name", &["keyName"]),
        ("availability_zone", &["placement", "availabilityZone"]),
        ("vpc_id", &["vpcId"]),
        ("subnet_id", &["subnetId"]),
        ("private_ip", &["privateIpAddress"]),
        ("public_ip", &["ipAddress"]),
        ("security_group_ids", &["groupSet", "item", "groupId"]),
        ("instance_profile_arn", &["iamInstanceProfile", "arn"]),
        ("platform", &["platformDetails"]),
        ("launched_at", &["launchTime"]),
    ],
    filter: Some("instance-id"),
    ..BASE
};

/// Images the account owns.
pub(super) static IMAGES: Listing = Listing {
    name: "images",
    action: "DescribeImages",
    parameters: &[("Owner.1", "self"), ("MaxResults", "500")],
    items: &["imagesSet", "item"],
    id: &[&["imageId"]],
    title: Title::At(&["name"]),
    state: Some(&["imageState"]),
    attributes: &[
        ("architecture", &["architecture"]),
        ("platform", &["platformDetails"]),
        ("public", &["isPublic"]),
        ("created_at", &["creationDate"]),
        ("description", &["description"]),
    ],
    filter: Some("image-id"),
    ..BASE
};

/// SSH keys. There are no pages of them.
pub(super) static KEY_PAIRS: Listing = Listing {
    name: "key_pairs",
    action: "DescribeKeyPairs",
    parameters: &[("IncludePublicKey", "true")],
    next: None,
    items: &["keySet", "item"],
    id: &[&["keyPairId"], &["keyName"]],
    title: Title::At(&["keyName"]),
    attributes: &[
        ("key_type", &["keyType"]),
        ("fingerprint", &["keyFingerprint"]),
        ("public_key", &["publicKey"]),
        ("created_at", &["createTime"]),
    ],
    ..BASE
};

/// Security groups.
pub(super) static SECURITY_GROUPS: Listing = Listing {
    name: "security_groups",
    action: "DescribeSecurityGroups",
    parameters: &[("MaxResults", "50")],
    items: &["securityGroupInfo", "item"],
    id: &[&["groupId"]],
    title: Title::At(&["groupName"]),
    attributes: &[
        ("description", &["groupDescription"]),
        ("vpc_id", &["vpcId"]),
        ("open_ports", &["ipPermissions", "item", "fromPort"]),
        ("open_to", &["ipPermissions", "item", "ipRanges", "item", "cidrIp"]),
        ("open_to_ipv6", &["ipPermissions", "item", "ipv6Ranges", "item", "cidrIpv6"]),
    ],
    filter: Some("group-id"),
    ..BASE
};

/// Elastic addresses. There are no pages of them.
pub(super) static ADDRESSES: Listing = Listing {
    name: "addresses",
    action: "DescribeAddresses",
    next: None,
    items: &["addressesSet", "item"],
    id: &[&["allocationId"], &["publicIp"]],
    title: Title::At(&["publicIp"]),
    attributes: &[
        ("instance_id", &["instanceId"]),
        ("network_interface_id", &["networkInterfaceId"]),
        ("private_ip", &["privateIpAddress"]),
    ],
    ..BASE
};

/// Volumes.
pub(super) static VOLUMES: Listing = Listing {
    name: "volumes",
    action: "DescribeVolumes",
    parameters: &[("MaxResults", "500")],
    items: &["volumeSet", "item"],
    id: &[&["volumeId"]],
    state: Some(&["status"]),
    attributes: &[
        ("size_gib", &["size"]),
        ("volume_type", &["volumeType"]),
        ("encrypted", &["encrypted"]),
        ("availability_zone", &["availabilityZone"]),
        ("instance_ids", &["attachmentSet", "item", "instanceId"]),
        ("snapshot_id", &["snapshotId"]),
        ("created_at", &["createTime"]),
    ],
    filter: Some("volume-id"),
    ..BASE
};

/// Snapshots the account owns.
pub(super) static SNAPSHOTS: Listing = Listing {
    name: "snapshots",
    action: "DescribeSnapshots",
    parameters: &[("Owner.1", "self"), ("MaxResults", "500")],
    items: &["snapshotSet", "item"],
    id: &[&["snapshotId"]],
    state: Some(&["status"]),
    attributes: &[
        ("volume_id", &["volumeId"]),
        ("size_gib", &["volumeSize"]),
        ("encrypted", &["encrypted"]),
        ("description", &["description"]),
        ("started_at", &["startTime"]),
    ],
    filter: Some("snapshot-id"),
    ..BASE
};

/// Networks.
pub(super) static VPCS: Listing = Listing {
    name: "vpcs",
    action: "DescribeVpcs",
    parameters: &[("MaxResults", "200")],
    items: &["vpcSet", "item"],
    id: &[&["vpcId"]],
    state: Some(&["state"]),
    attributes: &[("cidr", &["cidrBlock"]), ("default", &["isDefault"])],
    filter: Some("vpc-id"),
    ..BASE
};

/// Subnets.
pub(super) static SUBNETS: Listing = Listing {
    name: "subnets",
    action: "DescribeSubnets",
    parameters: &[("MaxResults", "500")],
    items: &["subnetSet", "item"],
    id: &[&["subnetId"]],
    state: Some(&["state"]),
    attributes: &[
        ("vpc_id", &["vpcId"]),
        ("cidr", &["cidrBlock"]),
        ("availability_zone", &["availabilityZone"]),
        ("public_addresses", &["mapPublicIpOnLaunch"]),
    ],
    filter: Some("subnet-id"),
    ..BASE
};
