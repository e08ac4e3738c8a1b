"""What a plain boto3 script takes to list the same: one call after the other, with boto3's own paginators.

Prints one line of JSON: seconds, requests, resources and the most memory it took.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Iterator
from typing import Any

import boto3

# Service, operation, member of the reply, parameters, page size.
REGIONAL = [
    ("ec2", "describe_instances", "Reservations", {}, 100),
    ("ec2", "describe_images", "Images", {"Owners": ["self"]}, 500),
    ("ec2", "describe_key_pairs", "KeyPairs", {"IncludePublicKey": True}, 0),
    ("ec2", "describe_security_groups", "SecurityGroups", {}, 50),
    ("ec2", "describe_addresses", "Addresses", {}, 0),
    ("ec2", "describe_volumes", "Volumes", {}, 500),
    ("ec2", "describe_snapshots", "Snapshots", {"OwnerIds": ["self"]}, 500),
    ("ec2", "describe_vpcs", "Vpcs", {}, 200),
    ("ec2", "describe_subnets", "Subnets", {}, 500),
    ("elb", "describe_load_balancers", "LoadBalancerDescriptions", {}, 400),
    ("elbv2", "describe_load_balancers", "LoadBalancers", {}, 400),
    ("rds", "describe_db_instances", "DBInstances", {}, 100),
    ("sqs", "list_queues", "QueueUrls", {}, 1000),
]
GLOBAL = [
    ("s3", "list_buckets", "Buckets", {}, 1000),
    ("iam", "list_users", "Users", {}, 1000),
    ("iam", "list_server_certificates", "ServerCertificateMetadataList", {}, 1000),
]


def main() -> None:
    url, *regions = sys.argv[1:]
    requests = 0

    def count(**_: Any) -> None:
        nonlocal requests
        requests += 1

    session = boto3.Session(aws_access_key_id="AKIAMOTOADMINISTRATE", aws_secret_access_key="secret")
    session.events.register("before-send", count)

    def client(service: str, region: str) -> Any:
        return session.client(service, region_name=region, endpoint_url=url)

    began, found = time.monotonic(), 0
    for region in regions:
        for service, operation, member, parameters, size in REGIONAL:
            found += sum(1 for _ in listed(client(service, region), operation, member, parameters, size))
    for service, operation, member, parameters, size in GLOBAL:
        found += sum(1 for _ in listed(client(service, "us-east-1"), operation, member, parameters, size))
    distributions = client("cloudfront", "us-east-1").get_paginator("list_distributions")
    found += sum(len(page["DistributionList"].get("Items", [])) for page in distributions.paginate())
    found += sum(1 for _ in access_keys(client("iam", "us-east-1")))
    print(
        json.dumps(
            {
                "seconds": time.monotonic() - began,
                "requests": requests,
                "found": found,
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


def listed(client: Any, operation: str, member: str, parameters: dict[str, Any], size: int) -> Iterator[Any]:
    if not client.can_paginate(operation):
        yield from getattr(client, operation)(**parameters)[member]
        return
    for page in client.get_paginator(operation).paginate(**parameters, PaginationConfig={"PageSize": size}):
        for item in page.get(member, []):
            yield from item["Instances"] if member == "Reservations" else [item]


def access_keys(iam: Any) -> Iterator[Any]:
    for user in listed(iam, "list_users", "Users", {}, 100):
        for key in iam.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]:
            yield iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])


if __name__ == "__main__":
    main()
