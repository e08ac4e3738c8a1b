"""moto's server with an account that has many resources already: filled in this very process, which takes seconds
where filling it over HTTP takes minutes.

    filled_moto.py PORT INSTANCES_PER_REGION
"""

from __future__ import annotations

import os
import sys

# The regions that every account of AWS has without asking for them.
REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "ap-south-1"),
    *("ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-southeast-1", "ap-southeast-2"),
    *("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "eu-west-3"),
)


def fill(instances: int) -> None:
    """As many instances, each with its volume, in every region."""
    import boto3
    from moto import mock_aws

    cloud = mock_aws()
    cloud.start()
    for region in REGIONS:
        ec2 = boto3.client("ec2", region)
        image = ec2.register_image(Name="image", RootDeviceName="/dev/xvda")["ImageId"]
        ec2.run_instances(ImageId=image, MinCount=instances, MaxCount=instances)
        ec2.create_key_pair(KeyName="default")
        boto3.client("sqs", region).create_queue(QueueName="orders")
    boto3.client("s3", "us-east-1").create_bucket(Bucket="backups")
    boto3.client("iam").create_user(UserName="somebody")
    cloud.stop(remove_data=False)


if __name__ == "__main__":
    os.environ.update(
        MOTO_EC2_LOAD_DEFAULT_AMIS="false",
        AWS_ACCESS_KEY_ID="AKIAMOTOADMINISTRATE",
        AWS_SECRET_ACCESS_KEY="secret",
    )
    from moto.server import main

    fill(int(sys.argv[2]))
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
