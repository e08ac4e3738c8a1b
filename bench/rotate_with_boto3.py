"""What people write: list, create, look when the old key was last used, deactivate it, delete it. For each user of
`app-0` to `app-N`, one after the other. Nobody is given the new key, and nothing is proved."""

from __future__ import annotations

import json
import sys
import time

import boto3


def main() -> None:
    url, users = sys.argv[1], int(sys.argv[2])
    iam = boto3.client("iam", endpoint_url=url)
    began = time.monotonic()
    for number in range(users):
        name = f"app-{number}"
        (old,) = iam.list_access_keys(UserName=name)["AccessKeyMetadata"]
        iam.create_access_key(UserName=name)
        iam.get_access_key_last_used(AccessKeyId=old["AccessKeyId"])
        iam.update_access_key(UserName=name, AccessKeyId=old["AccessKeyId"], Status="Inactive")
        iam.delete_access_key(UserName=name, AccessKeyId=old["AccessKeyId"])
    print(json.dumps({"seconds": time.monotonic() - began}))


main()
