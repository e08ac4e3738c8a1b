"""U7: invitations make the user they were meant to make, once, with no more than their inviter could give."""

from __future__ import annotations

import json
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from harness import outbox
from harness.keystead import CommandFailed, Key, Keystead
from harness.signing import RawRequest, Reply, send

PASSWORD = "correct horse battery staple 9!"
ADMIN = "arn:aws:iam::aws:policy/keystead/admin"
OBSERVER = "arn:aws:iam::aws:policy/keystead/observer"


def token_of(keystead: Keystead, address: str, letters: int = 1) -> str:
    """The token in the newest letter to an address, once there are so many."""
    for _ in range(400):
        found = outbox.letters(keystead, address)
        if len(found) >= letters:
            return re.findall(r"accept#(ksi_\w+)", found[-1].get_content())[0]
        time.sleep(0.05)
    raise AssertionError(f"no letter {letters} to {address}")


def address_of(name: str) -> str:
    return f"{name}@example.com"


def ask(keystead: Keystead, path: str, **members: Any) -> Reply:
    """A request that nobody signs."""
    body = json.dumps(members).encode()
    headers = (("Host", f"127.0.0.1:{keystead.port}"), ("Content-Length", str(len(body))))
    return send(keystead.port, RawRequest("POST", f"/api/v1/invitation{path}", headers, body))


def accept(keystead: Keystead, token: str, name: str, **more: Any) -> Reply:
    return ask(keystead, "/accept", token=token, user_name=name, password=PASSWORD, **more)


def told(reply: Reply) -> tuple[int, str]:
    return reply.status, json.loads(reply.body)["detail"]


def users(keystead: Keystead) -> set[str]:
    pages = keystead.client("iam").get_paginator("list_users").paginate()
    return {user["UserName"] for page in pages for user in page["Users"]}


def policies(keystead: Keystead, user: str) -> set[str]:
    attached = keystead.client("iam").list_attached_user_policies(UserName=user)["AttachedPolicies"]
    return {policy["PolicyArn"] for policy in attached}


@pytest.fixture
def administrator(keystead: Keystead) -> tuple[str, Key]:
    """Somebody with RightScale's role `admin`."""
    name = f"admin-{uuid.uuid4().hex[:8]}"
    key = keystead.create_user(name)
    keystead.client("iam").attach_user_policy(UserName=name, PolicyArn=ADMIN)
    return name, key


def test_an_invited_person_becomes_a_user_with_the_roles_and_the_address_of_the_invitation(
    keystead: Keystead, administrator: tuple[str, Key], user_name: str, tmp_path: Path
) -> None:
    made = keystead.command(
        *("invitation", "create", address_of(user_name), "--policy", "observer", "--policy", "actor"),
        key=administrator[1],
    )
    assert made["state"] == "pending"
    token = token_of(keystead, address_of(user_name))
    assert token not in json.dumps(made)
    shown = json.loads(ask(keystead, "", token=token).body)
    assert (shown["email"], shown["policies"]) == (address_of(user_name), made["policies"])
    assert shown["invited_by"].endswith(administrator[0])
    file = tmp_path / "token"
    file.write_text(f"{token}\n")
    done = keystead.command(
        *("invitation", "accept", "--token-file", str(file), "--user-name", user_name), stdin=f"{PASSWORD}\n"
    )
    assert done["arn"] == f"arn:aws:iam::{keystead.account_id}:user/{user_name}"
    assert "MFA" in done["next_step"]
    assert policies(keystead, user_name) == set(made["policies"])
    assert keystead.client("iam").get_login_profile(UserName=user_name)
    listed = keystead.command("invitation", "list", key=administrator[1])["invitations"]
    assert [each["state"] for each in listed if each["email"] == address_of(user_name)] == ["accepted"]
    events = keystead.command("audit", "list", "--event-name", "AcceptInvitation")["events"]
    event = next(each for each in events if each["event"]["requestParameters"]["user_name"] == user_name)
    assert token not in json.dumps(event) and PASSWORD not in json.dumps(event)


def test_u7_an_invitation_is_good_once(keystead: Keystead, user_name: str) -> None:
    keystead.command("invitation", "create", address_of(user_name), "--policy", "observer")
    token = token_of(keystead, address_of(user_name))
    assert accept(keystead, token, user_name).status == 200
    status, detail = told(accept(keystead, token, f"{user_name}-2"))
    assert (status, detail) == (409, "The invitation was accepted already; it is good for one user.")
    assert f"{user_name}-2" not in users(keystead)


def test_u7_of_many_who_accept_at_once_one_becomes_a_user(keystead: Keystead, user_name: str) -> None:
    keystead.command("invitation", "create", address_of(user_name), "--policy", "observer")
    token = token_of(keystead, address_of(user_name))
    names = [f"{user_name}-{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda name: accept(keystead, token, name), names))
    assert sorted(reply.status for reply in replies) == [200] + [409] * 7
    assert len(users(keystead) & set(names)) == 1


def test_u7_a_forwarded_invitation_stays_bound_to_its_address(keystead: Keystead, user_name: str) -> None:
    keystead.command("invitation", "create", address_of(user_name), "--policy", "observer")
    token = token_of(keystead, address_of(user_name))
    # Whoever accepts cannot say another address, and roles even less.
    for member in ({"email": "eve@example.com"}, {"contact_email": "eve@example.com"}, {"policies": [ADMIN]}):
        assert accept(keystead, token, user_name, **member).status == 400
    assert accept(keystead, token, user_name).status == 200
    assert policies(keystead, user_name) == {OBSERVER}


def test_u7_a_change_of_the_owners_address_changes_no_invitation(keystead: Keystead, user_name: str) -> None:
    keystead.command("invitation", "create", address_of(user_name), "--policy", "observer")
    token = token_of(keystead, address_of(user_name))
    keystead.command("root", "email", address_of(f"new-{user_name}"))
    assert json.loads(ask(keystead, "", token=token).body)["email"] == address_of(user_name)
    assert accept(keystead, token, user_name).status == 200
    keystead.command("root", "email", "root@example.com")


def test_u7_what_the_inviter_may_not_grant_any_more_is_not_granted(
    keystead: Keystead, administrator: tuple[str, Key], user_name: str
) -> None:
    name, key = administrator
    keystead.command("invitation", "create", address_of(user_name), "--policy", "admin", key=key)
    token = token_of(keystead, address_of(user_name))
    keystead.client("iam").detach_user_policy(UserName=name, PolicyArn=ADMIN)
    status, detail = told(accept(keystead, token, user_name))
    assert status == 403 and f"may no longer grant {ADMIN}" in detail
    assert user_name not in users(keystead)
    # Somebody who may sends it again: the old link is dead, the new one good.
    listed = keystead.command("invitation", "list")["invitations"]
    found = next(each for each in listed if each["email"] == address_of(user_name))
    keystead.command("invitation", "resend", found["invitation_id"])
    assert told(accept(keystead, token, user_name))[0] == 404
    assert accept(keystead, token_of(keystead, address_of(user_name), 2), user_name).status == 200


def test_u7_an_inviter_who_is_gone_grants_nothing(
    keystead: Keystead, administrator: tuple[str, Key], user_name: str
) -> None:
    name, key = administrator
    keystead.command("invitation", "create", address_of(user_name), "--policy", "observer", key=key)
    token = token_of(keystead, address_of(user_name))
    iam = keystead.client("iam")
    iam.detach_user_policy(UserName=name, PolicyArn=ADMIN)
    iam.delete_access_key(UserName=name, AccessKeyId=key.id)
    iam.delete_user(UserName=name)
    status, detail = told(accept(keystead, token, user_name))
    assert status == 403 and "is no longer here" in detail


def test_u7_a_cancelled_invitation_is_dead(keystead: Keystead, user_name: str) -> None:
    made = keystead.command("invitation", "create", address_of(user_name), "--policy", "observer")
    token = token_of(keystead, address_of(user_name))
    keystead.command("invitation", "cancel", made["invitation_id"])
    assert told(accept(keystead, token, user_name)) == (404, "The invitation was cancelled.")
    assert told(ask(keystead, "", token=token))[0] == 404
    with pytest.raises(CommandFailed, match="was accepted or cancelled"):
        keystead.command("invitation", "resend", made["invitation_id"])


def test_nobody_invites_to_more_than_they_could_grant(
    keystead: Keystead, administrator: tuple[str, Key], user_name: str
) -> None:
    # The role `admin` may attach RightScale's roles, and no other policy.
    everything = "arn:aws:iam::aws:policy/AdministratorAccess"
    with pytest.raises(CommandFailed, match="not authorized to perform: iam:AttachUserPolicy"):
        keystead.command("invitation", "create", address_of(user_name), "--policy", everything, key=administrator[1])
    observer = keystead.create_user(user_name)
    keystead.client("iam").attach_user_policy(UserName=user_name, PolicyArn=OBSERVER)
    with pytest.raises(CommandFailed, match="not authorized to perform: keystead:InviteUser"):
        keystead.command("invitation", "create", address_of(user_name), "--policy", "observer", key=observer)


def test_a_refused_name_or_password_leaves_the_invitation_good(keystead: Keystead, user_name: str) -> None:
    keystead.command("invitation", "create", address_of(user_name), "--policy", "observer")
    token = token_of(keystead, address_of(user_name))
    weak = ask(keystead, "/accept", token=token, user_name=user_name, password="password")
    assert told(weak)[0] == 400 and "password policy" in told(weak)[1]
    assert "`user_name`" in told(accept(keystead, token, "two words"))[1]
    keystead.create_user(f"{user_name}-taken")
    assert told(accept(keystead, token, f"{user_name}-TAKEN"))[0] == 409
    assert accept(keystead, token, user_name).status == 200


def test_a_token_opens_nothing_elsewhere(keystead: Keystead, user_name: str) -> None:
    keystead.command("invitation", "create", address_of(user_name), "--policy", "observer")
    token = token_of(keystead, address_of(user_name))
    other = token.replace(keystead.account_id, "999988887777")
    assert told(accept(keystead, other, user_name))[0] == 403
    assert told(accept(keystead, f"{token[:-1]}{'a' if token[-1] != 'a' else 'b'}", user_name))[0] == 404
    assert told(accept(keystead, "ksi_x", user_name))[0] == 403
