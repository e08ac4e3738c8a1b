//! What is listed of each service, one file a service or a few small ones.

mod ec2;
mod elb;
mod iam;
mod rds;
mod storage;

use crate::provider::resource::ResourceKind;

/// Every kind, those of regions first.
pub(super) static KINDS: &[&dyn ResourceKind] = &[
    &ec2::INSTANCES,
    &ec2::IMAGES,
    &ec2::KEY_PAIRS,
    &ec2::SECURITY_GROUPS,
    &ec2::ADDRESSES,
    &ec2::VOLUMES,
    &ec2::SNAPSHOTS,
    &ec2::VPCS,
    &ec2::SUBNETS,
    &elb::CLASSIC,
    &elb::LOAD_BALANCERS,
    &rds::DB_INSTANCES,
    &storage::QUEUES,
    &storage::BUCKETS,
    &storage::DISTRIBUTIONS,
    &iam::USERS,
    &iam::ACCESS_KEYS,
    &iam::SERVER_CERTIFICATES,
];
