"""The places Keystead delivers to, each with its own way of being read, counted and written to by somebody else."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from botocore.exceptions import ClientError

from .faulty_way import FaultyWay
from .github import Github
from .hook_receiver import HookReceiver
from .keystead import Key, Keystead
from .kubernetes import Kubernetes
from .moto import Moto
from .openbao import OpenBao
from .workload import Machine

ID, SECRET = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"
SIGNER = Key("AKIAMOTOADMINISTRATE", "secret-of-the-administrator")
# A whole key of somebody else's.
FOREIGN = {ID: "AKIAFOREIGNFOREIGN22", SECRET: "a-value-that-somebody-else-wrote"}


class Place:
    """Where a key is delivered to. `way` is what Keystead goes through, where it goes anywhere."""

    kind: str
    way: FaultyWay | None = None
    # What Keystead writes with, and a wrong one of it.
    secret = ""

    def settings(self) -> list[str]:
        """The arguments of `keystead target add`."""
        raise NotImplementedError

    def values(self) -> dict[str, str]:
        """What the application that reads there has."""
        raise NotImplementedError

    def writes(self) -> int:
        """How often something was written, by whomever."""
        raise NotImplementedError

    def spoil(self) -> None:
        """Somebody else writes."""
        raise NotImplementedError

    def key(self) -> Key | None:
        values = self.values()
        return Key(values[ID], values[SECRET]) if ID in values and SECRET in values else None

    def close(self) -> None:
        if self.way:
            self.way.close()

    def set(self, **settings: str) -> list[str]:
        assert self.way
        pairs = {"url": self.way.url, **settings}
        return [part for name, value in pairs.items() for part in ("--set", f"{name}={value}")]


class StoredPlace(Place):
    kind = "stored-credential"

    def __init__(self, keystead: Keystead, folder: Path) -> None:
        self.keystead = keystead
        for name in ("ORDERS_ID", "ORDERS_SECRET"):
            keystead.command("credential", "create", name, stdin="to be replaced")
        keystead.command("workload", "create", "orders")
        keystead.command("input", "set", "--workload", "orders", f"{ID}=cred:ORDERS_ID", f"{SECRET}=cred:ORDERS_SECRET")
        folder.mkdir()
        self.machine = Machine(keystead, folder)
        self.machine.enroll("orders")

    def settings(self) -> list[str]:
        return ["--id-field", "ORDERS_ID", "--secret-field", "ORDERS_SECRET"]

    def values(self) -> dict[str, str]:
        given = self.machine.inputs()
        return given if isinstance(given, dict) else {}

    def writes(self) -> int:
        return self.keystead.command("credential", "show", "ORDERS_SECRET")["version"]

    def spoil(self) -> None:
        self.keystead.command("credential", "update", "ORDERS_SECRET", "--value", stdin=FOREIGN[SECRET])


class OpenBaoPlace(Place):
    kind = "openbao"

    def __init__(self, bao: OpenBao) -> None:
        self.bao = bao
        self.way = FaultyWay(bao.port)
        self.secret = bao.token(
            'path "secret/data/apps/orders" { capabilities = ["read", "create", "update"] }\n'
            'path "sys/capabilities-self" { capabilities = ["update"] }'
        )
        # What else is kept there stays.
        bao.call("POST", "secret/data/apps/orders", {"data": {"region": "eu-west-1"}})

    def settings(self) -> list[str]:
        return self.set(path="apps/orders")

    def values(self) -> dict[str, str]:
        data = self.bao.call("GET", "secret/data/apps/orders")["data"]["data"]
        assert data["region"] == "eu-west-1"
        return data

    def writes(self) -> int:
        return self.bao.call("GET", "secret/metadata/apps/orders")["data"]["current_version"]

    def spoil(self) -> None:
        self.bao.call("POST", "secret/data/apps/orders", {"data": {"region": "eu-west-1", **FOREIGN}})


def is_aws_write(_: str, headers: dict[str, str]) -> bool:
    return "Put" in headers["X-Amz-Target"] or "Create" in headers["X-Amz-Target"]


class SecretsManagerPlace(Place):
    kind = "secrets-manager"
    secret = SIGNER.secret

    def __init__(self, moto: Moto) -> None:
        self.client = moto.client("secretsmanager")
        # The first call of a service takes moto seconds.
        self.client.list_secrets()
        self.way = FaultyWay(moto.port, is_aws_write)

    def settings(self) -> list[str]:
        return self.set(region="us-east-1", secret_id="orders", access_key_id=SIGNER.id)

    def values(self) -> dict[str, str]:
        with suppress(self.client.exceptions.ResourceNotFoundException):
            return json.loads(self.client.get_secret_value(SecretId="orders")["SecretString"])
        return {}

    def writes(self) -> int:
        # moto fails where there is no such secret.
        with suppress(ClientError):
            return len(self.client.list_secret_version_ids(SecretId="orders", IncludeDeprecated=True)["Versions"])
        return 0

    def spoil(self) -> None:
        self.client.put_secret_value(SecretId="orders", SecretString=json.dumps(FOREIGN))


class ParameterPlace(Place):
    """One parameter with JSON in it: both parts of a key are replaced at once."""

    kind = "ssm-parameter"
    secret = SIGNER.secret

    def __init__(self, moto: Moto) -> None:
        self.client = moto.client("ssm")
        self.client.describe_parameters()
        self.way = FaultyWay(moto.port, is_aws_write)

    def settings(self) -> list[str]:
        where = self.set(region="us-east-1", path="/apps/orders/", access_key_id=SIGNER.id)
        return [*where, "--json-field", "key"]

    def values(self) -> dict[str, str]:
        with suppress(self.client.exceptions.ParameterNotFound):
            found = self.client.get_parameter(Name="/apps/orders/key", WithDecryption=True)["Parameter"]
            assert found["Type"] == "SecureString"
            return json.loads(found["Value"])
        return {}

    def writes(self) -> int:
        with suppress(self.client.exceptions.ParameterNotFound):
            return len(self.client.get_parameter_history(Name="/apps/orders/key")["Parameters"])
        return 0

    def spoil(self) -> None:
        text = json.dumps(FOREIGN)
        self.client.put_parameter(Name="/apps/orders/key", Value=text, Type="SecureString", Overwrite=True)


class KubernetesPlace(Place):
    kind = "kubernetes"
    secret = "token-of-a-service-account"

    def __init__(self) -> None:
        self.cluster = Kubernetes(self.secret)
        self.way = FaultyWay(self.cluster.port)

    def settings(self) -> list[str]:
        return self.set(namespace="shop", secret="orders-aws", workloads='["deployment/orders"]')

    def values(self) -> dict[str, str]:
        return self.cluster.environment

    def writes(self) -> int:
        return self.cluster.secret_writes

    def spoil(self) -> None:
        self.cluster.put("orders-aws", FOREIGN)

    def close(self) -> None:
        super().close()
        self.cluster.close()


class GithubPlace(Place):
    kind = "github-actions"
    secret = "token-of-an-app"
    where = "/repos/acme/orders/environments/production/secrets"

    def __init__(self) -> None:
        self.github = Github(self.secret)
        self.way = FaultyWay(self.github.port)

    def settings(self) -> list[str]:
        return [*self.set(owner="acme", repository="orders", environment="production"), "--json-field", "AWS_KEY"]

    def values(self) -> dict[str, str]:
        return json.loads(self.github.run(self.where).get("AWS_KEY", "{}"))

    def writes(self) -> int:
        return self.github.writes

    def spoil(self) -> None:
        self.github.put(self.where, "AWS_KEY", json.dumps(FOREIGN))

    def close(self) -> None:
        super().close()
        self.github.close()


class WebhookPlace(Place):
    kind = "webhook"
    secret = "what-calls-are-signed-with"

    def __init__(self) -> None:
        self.receiver = HookReceiver(self.secret)
        self.way = FaultyWay(self.receiver.port)

    def settings(self) -> list[str]:
        return self.set()

    def values(self) -> dict[str, str]:
        return list(self.receiver.taken.values())[-1] if self.receiver.taken else {}

    def writes(self) -> int:
        return len(self.receiver.taken)

    def close(self) -> None:
        super().close()
        self.receiver.close()
