"""Identities of others: tokens of a real issuer exchanged by boto3, and Keystead as the issuer."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import jwt
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from harness.certificates import Certificates
from harness.issuer import Issuer
from harness.keystead import REGION, Key, Keystead


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates.make(tmp_path / "certificates")


@pytest.fixture
def issuer(certificates: Certificates) -> Iterator[Issuer]:
    with Issuer(certificates) as issuer:
        yield issuer


def stranger(keystead: Keystead) -> Any:
    """A client of STS with no credentials at all."""
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    return boto3.client("sts", region_name=REGION, endpoint_url=keystead.url, config=config)


def exchange(keystead: Keystead, role: str, token: str, **more: Any) -> Any:
    client = stranger(keystead)
    return client.assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="visit", WebIdentityToken=token, **more
    )


def refused(keystead: Keystead, role: str, token: str) -> str:
    with pytest.raises(ClientError) as error:
        exchange(keystead, role, token)
    return error.value.response["Error"]["Code"]


def trusting_role(keystead: Keystead, issuer_url: str, subject: str, key: Key | None = None) -> str:
    """A provider for the issuer, and a role for that subject of its; the role's ARN."""
    iam = keystead.client("iam", key)
    provider = iam.create_open_id_connect_provider(Url=issuer_url, ClientIDList=["client"])
    url = issuer_url.removeprefix("https://")
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider["OpenIDConnectProviderArn"]},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{url}:aud": "client", f"{url}:sub": subject}},
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = iam.create_role(RoleName="visitor", AssumeRolePolicyDocument=trust)["Role"]
    return role["Arn"]


def in_session(keystead: Keystead, service: str, credentials: dict[str, Any]) -> Any:
    return boto3.client(
        service,
        region_name=REGION,
        endpoint_url=keystead.url,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def test_a_token_of_a_real_issuer_is_exchanged_for_a_session(
    new_keystead: Callable[[], Keystead], issuer: Issuer, certificates: Certificates
) -> None:
    keystead = new_keystead()
    keystead.start("--issuer", issuer.url, "--issuer-ca-file", str(certificates.authority))
    role = trusting_role(keystead, issuer.url, "job")
    for algorithm in ("RS256", "ES256"):
        made = exchange(keystead, role, issuer.token(algorithm))
        assert made["SubjectFromWebIdentityToken"] == "job"
        assert (made["Audience"], made["Provider"]) == ("client", issuer.url)
        who = in_session(keystead, "sts", made["Credentials"]).get_caller_identity()
        assert who["Arn"] == made["AssumedRoleUser"]["Arn"]
        with pytest.raises(ClientError, match="because no identity-based policy allows"):
            in_session(keystead, "iam", made["Credentials"]).list_users()
    assert len(issuer.asked) == 2, "configuration and keys are fetched once"
    assert refused(keystead, role, issuer.token(sub="another")) == "AccessDenied"
    assert refused(keystead, role, issuer.token(aud="another")) == "InvalidIdentityToken"
    assert refused(keystead, role, issuer.token(exp=1)) == "ExpiredTokenException"
    unsigned = jwt.encode({"iss": issuer.url, "sub": "job", "aud": "client", "exp": 2**33}, None, "none")
    assert refused(keystead, role, unsigned) == "InvalidIdentityToken"
    before = issuer.token()
    issuer.renew()
    # The new key is unknown, and the keys were fetched less than a minute ago.
    assert refused(keystead, role, issuer.token()) == "InvalidIdentityToken"
    exchange(keystead, role, before)
    with pytest.raises(ClientError, match="not supported"):
        keystead.client("sts", attempts=1).assume_role_with_saml(
            RoleArn=role, PrincipalArn=role, SAMLAssertion="none"
        )


def test_an_issuer_inside_the_network_is_asked_only_where_the_operator_named_it(
    new_keystead: Callable[[], Keystead], issuer: Issuer, certificates: Certificates, tmp_path: Path
) -> None:
    keystead = new_keystead()
    keystead.start("--issuer-ca-file", str(certificates.authority))
    role = trusting_role(keystead, issuer.url, "job")
    assert refused(keystead, role, issuer.token()) == "IDPCommunicationError"
    assert not issuer.asked
    keystead.stop()
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(issuer.key_set()))
    pin = ("admin", "issuer", "pin", *keystead.location, keystead.account_id, issuer.url)
    assert keystead.command(*pin, "--key-set", str(keys))["pinned"] is True
    keystead.start("--issuer-ca-file", str(certificates.authority))
    exchange(keystead, role, issuer.token())
    assert not issuer.asked, "pinned keys are not fetched"


def test_keystead_vouches_for_its_own_to_others(
    new_keystead: Callable[[], Keystead], certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    keystead = new_keystead()
    made = keystead.account("create", "--root-email", "other@example.com", "--name", "other", "--root-key")
    other = Key.of_root(made)
    keystead.certificates = certificates
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificates.authority))
    keystead.start("--public-host", f"localhost:{keystead.port}")
    sts, iam = (boto3.client(name, **connection(keystead, keystead.root)) for name in ("sts", "iam"))
    url = iam.enable_outbound_web_identity_federation()["IssuerIdentifier"]
    assert url.startswith(f"https://localhost:{keystead.port}/oidc/")
    assert iam.get_outbound_web_identity_federation_info()["IssuerIdentifier"] == url
    trust = ssl.create_default_context(cafile=str(certificates.authority))
    with urllib.request.urlopen(f"{url}/.well-known/openid-configuration", context=trust) as reply:
        configuration = json.load(reply)
    keys = jwt.PyJWKClient(configuration["jwks_uri"], ssl_context=trust)
    for algorithm in ("RS256", "ES384"):
        answer = sts.get_web_identity_token(Audience=["client"], SigningAlgorithm=algorithm, DurationSeconds=600)
        token = answer["WebIdentityToken"]
        key = keys.get_signing_key_from_jwt(token)
        claims = jwt.decode(token, key, [algorithm], audience="client", issuer=url)
        assert claims["sub"] == f"arn:aws:iam::{keystead.account_id}:root"
        assert claims["https://sts.amazonaws.com/"]["aws_account"] == keystead.account_id
        assert claims["exp"] - claims["iat"] == 600
    # The same token takes its holder into another account that trusts the issuer.
    theirs = boto3.client("iam", **connection(keystead, other))
    monkeypatch.setattr(keystead, "client", lambda service, key=None: theirs)
    role = trusting_role(keystead, url, claims["sub"])
    session = exchange(keystead, role, token)["Credentials"]
    assert in_session(keystead, "sts", session).get_caller_identity()["Account"] == made["account_id"]
    iam.disable_outbound_web_identity_federation()
    with pytest.raises(ClientError, match="not enabled"):
        sts.get_web_identity_token(Audience=["client"], SigningAlgorithm="RS256")


def connection(keystead: Keystead, key: Key) -> dict[str, str]:
    return {
        "region_name": REGION,
        "endpoint_url": keystead.url,
        "aws_access_key_id": key.id,
        "aws_secret_access_key": key.secret,
    }
