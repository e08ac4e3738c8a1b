"""Keys of the root user: kept and rotated for the root user alone, who is advised to have none."""

from __future__ import annotations

from typing import Any

import pytest
from harness.keystead import CommandFailed, Keystead
from harness.process import wait_until

ROOT_ONLY = "IAM users cannot manage credentials for the AWS account."


def test_only_the_root_user_has_its_own_keys_kept_and_rotated(new_keystead: Any) -> None:
    keystead: Keystead = new_keystead()
    keystead.start()
    administrator = keystead.create_user("admin", administrator=True)

    def refused(*arguments: str, stdin: str = "") -> None:
        with pytest.raises(CommandFailed) as error:
            keystead.command(*arguments, key=administrator, stdin=stdin)
        assert ROOT_ONLY in error.value.stderr

    create = ("managed", "create", "root-tls", "--root", "--kind", "signing-certificate", "--profile", "demo")
    adopt = ("managed", "adopt", "root-key", "--root", "--access-key-id", keystead.root.id)
    refused(*create)
    refused(*adopt, stdin=keystead.root.secret)
    keystead.command(*create)
    assert "The best root key is none" in keystead.command("managed", "show", "root-tls", key=administrator)["advice"]
    keystead.command(*adopt, stdin=keystead.root.secret)
    keystead.command("managed", "create", "of-a-user", "--user-name", "admin")
    assert keystead.command("managed", "show", "of-a-user")["advice"] is None

    refused("consumer", "enroll", "root-tls", "app", "--kind", "pem-files")
    refused("managed", "delete", "root-tls")
    refused("rotate", "start", "root-tls")
    rotation_id = keystead.command("rotate", "start", "root-tls")["rotation_id"]
    refused("rotate", "rollback", rotation_id)

    def state() -> str:
        return str(keystead.command("rotate", "status", rotation_id)["state"])

    # Nobody uses it: it goes through by itself.
    wait_until(lambda: state() in {"done", "rolled back", "blocked"}, 90, "the rotation ends")
    assert state() == "done"
    (left,) = keystead.client("iam").list_signing_certificates()["Certificates"]
    assert left["CertificateId"] == keystead.command("managed", "show", "root-tls")["access_key_id"]
