//! Load balancers: the classic ones, and the others, which have a version of the API of their own.

use crate::provider::aws::listing::{LISTING, Listing, Path, Title};
use crate::provider::aws::service::{ELB, ELBV2};

const NEXT: Option<(&str, Path)> = Some(("Marker", &["DescribeLoadBalancersResult", "NextMarker"]));
const BASE: Listing = Listing {
    action: "DescribeLoadBalancers",
    parameters: &[("PageSize", "400")],
    next: NEXT,
    title: Title::At(&["LoadBalancerName"]),
    ..LISTING
};

/// Classic load balancers.
pub(super) static CLASSIC: Listing = Listing {
    name: "classic_load_balancers",
    service: &ELB,
    items: &["DescribeLoadBalancersResult", "LoadBalancerDescriptions", "member"],
    id: &[&["LoadBalancerName"]],
    attributes: &[
        ("dns_name", &["DNSName"]),
        ("scheme", &["Scheme"]),
        ("vpc_id", &["VPCId"]),
        ("instance_ids", &["Instances", "member", "InstanceId"]),
        ("availability_zones", &["AvailabilityZones", "member"]),
        ("created_at", &["CreatedTime"]),
    ],
    ..BASE
};

/// Application, network and gateway load balancers.
pub(super) static LOAD_BALANCERS: Listing = Listing {
    name: "load_balancers",
    service: &ELBV2,
    items: &["DescribeLoadBalancersResult", "LoadBalancers", "member"],
    id: &[&["LoadBalancerArn"]],
    state: Some(&["State", "Code"]),
    attributes: &[
        ("type", &["Type"]),
        ("dns_name", &["DNSName"]),
        ("scheme", &["Scheme"]),
        ("vpc_id", &["VpcId"]),
        ("created_at", &["CreatedTime"]),
    ],
    ..BASE
};
