//! Whether a service can be used in a region: one call of each, the least that proves it.

use keystead_aws::xml::Element;

use super::{Call, query, service};
use crate::endpoint::Endpoint;
use crate::provider::{CloudFault, Outcome, Reach, Service};

/// One service, the call that tries it, and what its answer may lack.
pub(super) struct Probe {
    pub(super) service: Service,
    pub(super) call: fn() -> Call<'static>,
    lacks: fn(&Element) -> Option<&'static str>,
}

pub(super) static PROBES: [Probe; 8] = [
    Probe {
        service: Service { title: "EC2", is_global: false },
        call: || Call::of(&service::EC2, "DescribeSecurityGroups").with("MaxResults", "5"),
        lacks: |reply| {
            let groups = reply.at(&["securityGroupInfo"]).map_or(0, |info| info.children.len());
            (groups == 0).then_some(
                "There is no security group in this region. None is needed to be connected, but instances cannot be \
                 launched without one: keystead cloud prerequisites",
            )
        },
    },
    Probe {
        service: Service { title: "STS", is_global: false },
        call: || Call::of(&service::STS, "GetCallerIdentity"),
        lacks: |_| None,
    },
    Probe {
        service: Service { title: "SQS", is_global: false },
        call: || Call::of(&service::SQS, "ListQueues"),
        lacks: |_| None,
    },
    Probe {
        service: Service { title: "RDS", is_global: false },
        call: || Call::of(&service::RDS, "DescribeDBInstances").with("MaxRecords", "20"),
        lacks: |_| None,
    },
    Probe {
        service: Service { title: "ELB", is_global: false },
        call: || Call::of(&service::ELBV2, "DescribeLoadBalancers").with("PageSize", "1"),
        lacks: |_| None,
    },
    Probe {
        service: Service { title: "IAM", is_global: true },
        call: || Call::of(&service::IAM, "ListUsers").with("MaxItems", "1"),
        lacks: |_| None,
    },
    Probe {
        service: Service { title: "S3", is_global: true },
        call: || Call::get(&service::S3, "ListAllMyBuckets", "/?max-buckets=1"),
        lacks: |_| None,
    },
    Probe {
        service: Service { title: "CloudFront", is_global: true },
        call: || Call::get(&service::CLOUDFRONT, "ListDistributions", "/2020-05-31/distribution?MaxItems=1"),
        lacks: |_| None,
    },
];

/// The services to try at an endpoint.
pub(super) fn services(endpoint: &Endpoint) -> Vec<Service> {
    let is_there = |probe: &&Probe| probe.service.title != "CloudFront" || endpoint.partition != "aws-us-gov";
    PROBES.iter().filter(is_there).map(|probe| probe.service).collect()
}

/// Tries one; what it lacks although it can be used.
pub(super) fn probe(reach: &Reach<'_>, title: &str, region: &str) -> Outcome<Option<&'static str>> {
    let probe = PROBES.iter().find(|probe| probe.service.title == title);
    let probe = probe.ok_or_else(|| CloudFault::Unsupported(format!("there is no probe of {title}")))?;
    query(reach, &(probe.call)().in_region(region)).map(|reply| (probe.lacks)(&reply))
}
