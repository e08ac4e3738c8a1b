"""A signing certificate is replaced under applications that open TLS connections with it, and none of them notices."""

from __future__ import annotations

import http.client
import shutil
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from harness.certificates import Certificates, certificate_with_key
from harness.envoy import Envoy
from harness.keystead import Keystead, binary
from harness.process import Child, wait_until
from harness.queue_service import QueueService

USER = "orders-app"
CREDENTIAL = "orders-tls"
CONSUMERS = ("web-frontend", "order-worker", "nightly-report")
ENDS = {"done", "rolled back", "blocked"}
PAUSE_SECONDS = 0.05


class Client:
    """An application that opens each connection with whatever certificate is current in its folder."""

    def __init__(self, name: str, envoy: Envoy, folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.outcomes: list[tuple[float, float, str]] = []
        self._envoy = envoy
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Client:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._end.wait(PAUSE_SECONDS):
            began = time.time()
            try:
                status, body = request(self._envoy, self.folder / "current/identity.pem", self.name)
                outcome = "ok" if status == 200 else f"{status} {body}"
            except OSError as error:
                outcome = repr(error)
            self.outcomes.append((began, time.time(), outcome))


def request(envoy: Envoy, identity: Path, name: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """One request over a connection of its own, which proves that the client has the private key."""
    assert envoy.tls is not None
    context = ssl.create_default_context(cafile=str(envoy.tls.authority))
    context.load_cert_chain(identity)
    connection = http.client.HTTPSConnection("127.0.0.1", envoy.port, timeout=10, context=context)
    try:
        sent = {"Host": envoy.host, "User-Agent": f"orders/1 app/{name}"} | (headers or {})
        connection.request("GET", "/orders", headers=sent)
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
    finally:
        connection.close()


class Mutual:
    """Keystead, and an Envoy that asks its clients for certificates."""

    def __init__(self, keystead: Keystead, envoy: Envoy, service: QueueService, folder: Path) -> None:
        self.keystead = keystead
        self.envoy = envoy
        self.service = service
        self.folder = folder

    def certificates(self) -> dict[str, str]:
        listed = self.keystead.client("iam").list_signing_certificates(UserName=USER)["Certificates"]
        return {one["CertificateId"]: one["Status"] for one in listed}

    def enroll(self, name: str) -> list[str]:
        """Enrolls a consumer; what runs beside it."""
        folder = self.folder / name
        folder.mkdir()
        arguments = ("consumer", "enroll", CREDENTIAL, name, "--kind", "pem-files", "--app-id", name)
        self.keystead.command(*arguments, "--token-file", str(folder / "token"))
        fetch = ["consumer", "fetch", "--token-file", str(folder / "token"), "--out", str(folder / "tls")]
        return [str(binary()), *fetch]


@pytest.fixture
def mutual(new_keystead: Any, tmp_path: Path) -> Iterator[Mutual]:
    keystead: Keystead = new_keystead()
    keystead.start()
    keystead.client("iam").create_user(UserName=USER)
    tls = Certificates.make(tmp_path / "envoy-tls")
    with QueueService() as service, Envoy(tmp_path, tls=tls) as envoy:
        arguments = ("verifier", "create", "envoy", "--service", "sqs", "--host", envoy.host)
        made = keystead.command(*arguments, "--trust-forwarded", "--trust-certificates")
        envoy.start(keystead.port, made["token"], service.port)
        yield Mutual(keystead, envoy, service, tmp_path)


@contextmanager
def applications(mutual: Mutual) -> Iterator[list[Client]]:
    with ExitStack() as ends:
        clients = []
        for name in CONSUMERS:
            fetch = mutual.enroll(name)
            environment = mutual.keystead.environment()
            beside = Child(f"{name} (fetch)", fetch, mutual.folder / name / "fetch.log", environment)
            ends.enter_context(beside)
            client = Client(name, mutual.envoy, mutual.folder / name / "tls")
            beside.wait_until((client.folder / "current/identity.pem").exists, 15, "the files are there")
            clients.append(ends.enter_context(client))
        yield clients


@pytest.mark.timeout(400)
def test_a_signing_certificate_is_rotated_under_traffic_and_no_request_fails(mutual: Mutual) -> None:
    keystead = mutual.keystead
    create = ("managed", "create", CREDENTIAL, "--user-name", USER, "--kind", "signing-certificate")
    made = keystead.command(*create, "--days", "30", "--profile", "demo")
    (old,) = mutual.certificates()
    assert made["access_key_id"] == old
    outages = []
    with applications(mutual) as clients:
        wait_until(lambda: all(client.outcomes for client in clients), 20, "every application makes requests")
        kept = mutual.folder / "kept.pem"
        shutil.copy(clients[0].folder / "current/identity.pem", kept)
        rotation_id = keystead.command("rotate", "start", CREDENTIAL)["rotation_id"]

        def rotation() -> Any:
            return keystead.command("rotate", "status", rotation_id)

        wait_until(lambda: rotation()["state"] in {"proving", *ENDS}, 120, "both certificates are in use")
        killed = time.time()
        keystead.kill()
        keystead.start()
        outages.append((killed, time.time()))
        wait_until(lambda: rotation()["state"] in ENDS, 240, "the rotation ends")
        assert rotation()["state"] == "done", rotation()
    ((new, status),) = mutual.certificates().items()
    assert (new != old, status) == (True, "Active")
    failed = [
        outcome
        for client in clients
        for outcome in client.outcomes
        if outcome[2] != "ok" and not any(outcome[0] <= to and outcome[1] >= since for since, to in outages)
    ]
    assert failed == []
    assert all(len(client.outcomes) > 50 for client in clients)

    used = keystead.command("key", "uses", new)["consumers"]
    assert {use["app_id"] for use in used} == set(CONSUMERS)
    served = mutual.service.served[-1].headers
    assert served["x-keystead-certificate-id"] == new
    assert served["x-keystead-arn"].endswith(f":user/{USER}")
    assert "x-keystead-access-key-id" not in served
    assert request(mutual.envoy, kept, "late")[0] == 403
    receipt = str(keystead.command("rotate", "receipt", rotation_id))
    assert old in receipt and new in receipt and "PRIVATE KEY" not in receipt
    assert all(name in receipt for name in CONSUMERS)


def test_an_uploaded_certificate_is_accepted_until_it_is_inactive_and_can_be_adopted(mutual: Mutual) -> None:
    keystead, iam = mutual.keystead, mutual.keystead.client("iam")
    certificate, private_key = certificate_with_key(USER)
    identity = mutual.folder / "identity.pem"
    identity.write_text(certificate + private_key)
    assert request(mutual.envoy, identity, "app")[0] == 403
    uploaded = iam.upload_signing_certificate(UserName=USER, CertificateBody=certificate)["Certificate"]
    certificate_id = uploaded["CertificateId"]
    assert request(mutual.envoy, identity, "app")[0] == 200
    # Another one's certificate, claimed by who has only its own key.
    stranger = mutual.folder / "stranger.pem"
    stranger.write_text("".join(certificate_with_key("stranger")))
    der = ssl.PEM_cert_to_DER_cert(certificate)
    forged = {"x-forwarded-client-cert": f"Hash={sha256(der).hexdigest()}"}
    assert request(mutual.envoy, stranger, "app", forged)[0] == 403

    update = {"UserName": USER, "CertificateId": certificate_id}
    iam.update_signing_certificate(**update, Status="Inactive")
    assert request(mutual.envoy, identity, "app")[0] == 403
    (use,) = keystead.command("key", "uses", certificate_id)["consumers"]
    assert (use["uses"], use["refusals"]) == (1, 1)
    iam.update_signing_certificate(**update, Status="Active")

    adopt = ("managed", "adopt", CREDENTIAL, "--user-name", USER, "--certificate-id", certificate_id)
    assert keystead.command(*adopt, stdin=private_key)["kind"] == "signing_certificate"
    fetch = mutual.enroll("web-frontend")[1:]
    keystead.text(*fetch, "--once")
    fetched = mutual.folder / "web-frontend/tls/current/identity.pem"
    assert request(mutual.envoy, fetched, "app")[0] == 200
