"""Logs in the form of CloudTrail's files and of S3's server access logs."""

from __future__ import annotations

import gzip
import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def record(key_id: str, at: datetime, source: str = "192.0.2.7", **more: Any) -> dict[str, Any]:
    """A record as CloudTrail delivers it, cut down to the members that matter and some that do not."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "accessKeyId": key_id, "userName": "app"},
        "eventTime": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": source,
        "userAgent": "[Boto3/1.40 md/Botocore#1.40 ua/2.1 app/backup]".strip("[]"),
        "requestParameters": {"bucketName": "orders", "key": "secret-name"},
        "responseElements": None,
        "eventID": str(uuid.uuid4()),
        "readOnly": True,
    } | more


def write(file: Path, records: list[Any]) -> None:
    """A file of CloudTrail, packed as its name says."""
    data = json.dumps({"Records": records}).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(data) if file.suffix == ".gz" else data)


def access_line(at: datetime, query: str) -> str:
    """A line of a server access log."""
    time = at.astimezone(UTC).strftime("%d/%b/%Y:%H:%M:%S +0000")
    return (
        f"79a59df900b949e5 orders [{time}] 192.0.2.3 arn:aws:iam::123456789012:user/app 3E57427F3EXAMPLE "
        f'REST.GET.OBJECT photo.jpg "GET /photo.jpg{query} HTTP/1.1" 200 - 113 - 7 - "-" "S3Console/0.4 app/web" '
        f"- {uuid.uuid4().hex} SigV4 cipher QueryString orders.s3.amazonaws.com TLSv1.2 - -\n"
    )
