"""moto's server, filled before it serves: RESOURCES resources in REGIONS. Filling it over HTTP would take minutes."""

from __future__ import annotations

import sys

from moto.ec2.models import ec2_backends
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.server import main
from moto.sqs.models import sqs_backends

NUMBER = "123456789012"
REGIONS = """
    ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-southeast-1 ap-southeast-2 ca-central-1 eu-central-1
    eu-north-1 eu-west-1 eu-west-2 eu-west-3 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2
""".split()
# In each region; with what every region has by itself this makes a little more than 10,000.
VOLUMES, SNAPSHOTS, GROUPS, QUEUES = 390, 60, 100, 40


def fill(region: str) -> None:
    ec2 = ec2_backends[NUMBER][region]
    zone = f"{region}a"
    volumes = [ec2.create_volume(size=8, zone_name=zone) for _ in range(VOLUMES)]
    for number in range(SNAPSHOTS):
        ec2.create_snapshot(volumes[number].id, f"nightly {number}")
    for number in range(GROUPS):
        ec2.create_security_group(f"service-{number}", "A service")
    sqs = sqs_backends[NUMBER][region]
    for number in range(QUEUES):
        sqs.create_queue(f"jobs-{number}", {})


if __name__ == "__main__":
    known = RegionsAndZonesBackend.regions
    RegionsAndZonesBackend.regions = [region for region in known if region.name in REGIONS]
    for each in REGIONS:
        fill(each)
    main(sys.argv[1:])
