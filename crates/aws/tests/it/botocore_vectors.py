"""Makes the signing vectors beside this file with botocore as the oracle.

    python3 -m venv v && v/bin/pip install botocore==1.44.5 && v/bin/python botocore_vectors.py

The cases follow the kinds of AWS's own signing test suite: one folder a case, one file a stage. Besides,
`random.jsonl` has requests drawn with a fixed seed. Cases that must be refused are written by hand.
"""

import datetime
import json
import pathlib
import random
import string
from urllib.parse import quote, urlsplit

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

HERE = pathlib.Path(__file__).parent
NOW = datetime.datetime(2015, 8, 30, 12, 36, 0, tzinfo=datetime.timezone.utc)
botocore.auth.get_current_datetime = lambda remove_tzinfo=True: NOW.replace(tzinfo=None) if remove_tzinfo else NOW

KEY_ID = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "AQoDYXdzEPT//////////wEXAMPLE+tc764bNrC9SAPBSM22w=="


def signed(method, target, headers=(), body="", service="service", region="us-east-1", token=None, presigned=None):
    """Signs a request; answers its parts and botocore's stages."""
    request = AWSRequest(method=method, url="http://example.amazonaws.com" + target, data=body.encode())
    for name, value in headers:
        request.headers[name] = value
    credentials = Credentials(KEY_ID, SECRET, token)
    if presigned:
        auth = botocore.auth.SigV4QueryAuth(credentials, service, region, expires=presigned)
    elif service == "s3":
        auth = botocore.auth.S3SigV4Auth(credentials, service, region)
    else:
        auth = botocore.auth.SigV4Auth(credentials, service, region)
    stages = {}
    for stage in ("canonical_request", "string_to_sign"):
        def keep(*args, stage=stage, original=getattr(auth, stage)):
            stages[stage] = original(*args)
            return stages[stage]
        setattr(auth, stage, keep)
    auth.add_auth(request)
    parts = urlsplit(request.url)
    lines = [("host", "example.amazonaws.com")] + [(n.lower(), v) for n, v in request.headers.items()]
    if presigned:
        signature = parts.query.rsplit("X-Amz-Signature=", 1)[1]
    else:
        signature = dict(lines)["authorization"].rsplit("Signature=", 1)[1]
    target = parts.path + ("?" + parts.query if parts.query else "")
    return target, lines, stages["canonical_request"], stages["string_to_sign"], signature


def write_case(name, method, target, headers=(), body="", **options):
    target, lines, canonical, to_sign, signature = signed(method, target, headers, body, **options)
    folder = HERE / "vectors" / name
    folder.mkdir(parents=True, exist_ok=True)
    head = "".join(f"{n}:{v}\n" for n, v in lines)
    (folder / "request").write_text(f"{method} {target} HTTP/1.1\n{head}\n{body}", newline="\n")
    (folder / "canonical-request").write_text(canonical, newline="\n")
    (folder / "string-to-sign").write_text(to_sign, newline="\n")
    (folder / "signature").write_text(signature, newline="\n")


def write_cases():
    unreserved = "-._~0123456789" + string.ascii_uppercase + string.ascii_lowercase
    form = [("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")]
    write_case("get-vanilla", "GET", "/")
    write_case("get-query-order-key", "GET", "/?Param2=value2&Param1=value1")
    write_case("get-query-order-value", "GET", "/?Param1=value2&Param1=value1")
    write_case("get-query-order-encoded", "GET", "/?a-b=1&a%2Cb=1&a_b=1&a=2&a%3Db=1&A=1")
    write_case("get-query-empty-value", "GET", "/?Param1=&Param0")
    write_case("get-query-unreserved", "GET", f"/?{unreserved}={unreserved}")
    write_case("get-query-utf8", "GET", "/?%E1%88%B4=%E1%88%B4")
    write_case("get-header-order", "GET", "/", [("My-Header2", "b"), ("My-Header1", "a"), ("X-Amz-Meta", "c")])
    write_case("get-header-trim", "GET", "/", [("My-Header1", "  value1  "), ("My-Header2", '  "a b"')])
    write_case("get-header-inner-space", "GET", "/", [("My-Header1", "a   b \t  c")])
    write_case("get-unreserved", "GET", "/" + unreserved)
    write_case("get-utf8", "GET", "/%E1%88%B4")
    write_case("get-space", "GET", "/example%20space/")
    write_case("get-relative", "GET", "/example/..")
    write_case("get-relative-relative", "GET", "/example1/example2/../..")
    write_case("get-slash", "GET", "//")
    write_case("get-slash-dot-slash", "GET", "/./")
    write_case("get-slash-pointless-dot", "GET", "/./example")
    write_case("get-slashes", "GET", "//example//a/./b/../c/")
    write_case("get-s3-not-normalised", "GET", "/a//b/./c%2Fd%20e", service="s3")
    write_case("post-vanilla", "POST", "/")
    write_case("post-form", "POST", "/", form, "Param1=value1&Action=ListUsers&Version=2010-05-08", service="iam")
    write_case("post-session-token", "POST", "/", form, "Action=GetCallerIdentity", service="sts", token=TOKEN)
    write_case("get-presigned", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", service="sts", presigned=60)
    write_case("get-presigned-header", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15",
               [("x-k8s-aws-id", "cluster")], service="sts", presigned=60)
    write_case("get-presigned-session-token", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", service="sts",
               token=TOKEN, presigned=604800)


def write_random(count=300):
    draw = random.Random(7360)
    alphabet = string.ascii_letters + string.digits + " -._~!*'();:@&=+$,/?%#[]\u00e9\u20ac\u1234"

    def text(least, most, letters=alphabet):
        return "".join(draw.choice(letters) for _ in range(draw.randint(least, most)))

    with (HERE / "random.jsonl").open("w", newline="\n") as file:
        for _ in range(count):
            service = draw.choice(["iam", "sts", "s3", "ec2", "execute-api"])
            presigned = draw.choice([None, None, None, 900]) if service != "s3" else None
            segments = [quote(text(0, 8).replace("/", "_"), safe="-._~") for _ in range(draw.randint(0, 4))]
            if service != "s3" and draw.random() < 0.3:
                segments += [draw.choice(["", ".", "x/.."]), "end"]
            query = "&".join(f"{quote(text(1, 6), safe='-._~')}={quote(text(0, 8), safe='-._~')}"
                             for _ in range(draw.randint(0, 5)))
            headers = [("My-" + text(1, 8, string.ascii_letters) + str(n), text(0, 12, string.ascii_letters + "  ,;="))
                       for n in range(draw.randint(0, 4))]
            method = "GET" if presigned else draw.choice(["GET", "POST", "PUT", "DELETE"])
            body = "" if method == "GET" else text(0, 60)
            region = draw.choice(["us-east-1", "eu-west-3", "local"])
            token = draw.choice([None, None, TOKEN])
            target, lines, *_ = signed(method, "/" + "/".join(segments) + ("?" + query if query else ""), headers, body,
                                       service=service, region=region, token=token, presigned=presigned)
            case = {"method": method, "target": target, "headers": lines, "body": body}
            file.write(json.dumps(case, separators=(",", ":"), ensure_ascii=False) + "\n")


write_cases()
write_random()
