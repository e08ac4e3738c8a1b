"""Keystead itself brings keys to where they are read: to the real thing where it runs here, and to servers in the
shape of the others. Each write is made once, whatever dies, and never over what somebody else wrote."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.keystead import CommandFailed, Key, Keystead
from harness.moto import Moto
from harness.openbao import OpenBao
from harness.places import (
    FOREIGN,
    SECRET,
    GithubPlace,
    KubernetesPlace,
    OpenBaoPlace,
    ParameterPlace,
    Place,
    SecretsManagerPlace,
    StoredPlace,
    WebhookPlace,
)
from harness.process import wait_until

KINDS = [
    *("stored-credential", "openbao", "secrets-manager", "ssm-parameter", "kubernetes", "github-actions", "webhook"),
]
CREDENTIAL = "orders"
NAME = "there"


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    server = OpenBao(tmp_path_factory.mktemp("openbao"))
    yield server
    server.close()


@pytest.fixture
def moto(tmp_path: Path) -> Iterator[Moto]:
    server = Moto(tmp_path)
    yield server
    server.close()


def make(kind: str, request: pytest.FixtureRequest, keystead: Keystead, folder: Path) -> Place:
    """A place of that kind; the stored credentials' needs Keystead to run."""
    match kind:
        case "stored-credential":
            return StoredPlace(keystead, folder / "machine")
        case "openbao":
            return OpenBaoPlace(request.getfixturevalue("bao"))
        case "secrets-manager":
            return SecretsManagerPlace(request.getfixturevalue("moto"))
        case "ssm-parameter":
            return ParameterPlace(request.getfixturevalue("moto"))
        case "kubernetes":
            return KubernetesPlace()
        case "github-actions":
            return GithubPlace()
    return WebhookPlace()


def start(keystead: Keystead, *places: Place) -> None:
    """Starts the server with the places let in; a call that has no answer is given up early."""
    named = [part for place in places if place.way for part in ("--target", place.way.url)]
    keystead.start("--cloud-timeout-seconds", "3", *named)


def add(keystead: Keystead, place: Place, name: str = NAME, *more: str) -> None:
    arguments = ("target", "add", CREDENTIAL, name, "--kind", place.kind, *place.settings(), *more)
    keystead.command(*arguments, stdin=place.secret)


def refused(keystead: Keystead, *arguments: str, stdin: str = "") -> CommandFailed:
    with pytest.raises(CommandFailed) as failure:
        keystead.command("target", *arguments, stdin=stdin)
    return failure.value


def assert_audited(keystead: Keystead, action: str) -> None:
    assert keystead.command("audit", "list", "--event-name", action)["events"], action


def works(keystead: Keystead, key: Key | None) -> bool:
    return key is not None and keystead.client("sts", key).get_caller_identity()["Arn"].endswith(":user/app")


def assert_nowhere(keystead: Keystead, secrets: list[str]) -> None:
    """None of the secrets is in a file of the installation: the database, the log."""
    for file in (path for path in keystead.folder.rglob("*") if path.is_file() and "token" not in path.name):
        content = file.read_bytes()
        assert not [secret for secret in secrets if secret.encode() in content], file


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_is_written_once_whatever_dies_and_never_over_what_others_wrote(
    kind: str, request: pytest.FixtureRequest, new_keystead: Callable[[], Keystead], tmp_path: Path
) -> None:
    keystead = new_keystead()
    if kind == "stored-credential":
        keystead.start()
    place = make(kind, request, keystead, tmp_path)
    request.addfinalizer(place.close)
    if kind != "stored-credential":
        start(keystead, place)
    keystead.client("iam").create_user(UserName="app")
    keystead.command("managed", "create", CREDENTIAL, "--user-name", "app", "--profile", "demo")
    add(keystead, place)
    if kind == "stored-credential":
        # It holds what a person put there, so the first time is ordered.
        assert "somebody else wrote" in refused(keystead, "deliver", CREDENTIAL, NAME).stderr
    else:
        assert keystead.command("target", "test", CREDENTIAL, NAME)["ready"]
    before = place.writes()

    # It dies after the write was made and before it knew: it looks, and does not write again.
    if place.way:
        place.way.hold_next_write()
        deliver = threading.Thread(target=lambda: refused(keystead, "deliver", CREDENTIAL, NAME))
        deliver.start()
        assert place.way.written.wait(20), keystead.log.read_text()
        keystead.kill()
        place.way.release.set()
        deliver.join()
        keystead.start()
        # A webhook cannot be asked: it is sent the same delivery once more, and takes it once.
        keystead.command("target", "deliver", CREDENTIAL, NAME)
    else:
        keystead.command("target", "deliver", CREDENTIAL, NAME, "--overwrite")
    wait_until(lambda: works(keystead, place.key()), 20, "whoever reads there has a key that works")
    assert place.writes() == before + 1
    keystead.command("target", "deliver", CREDENTIAL, NAME)
    found = keystead.command("target", "test", CREDENTIAL, NAME)
    assert found["ready"] and "the key it is to hold" in found["finding"]
    assert place.writes() == before + 1
    key = place.key()
    assert key

    # It is down: nothing is lost, and it is told.
    if place.way:
        place.way.is_down = True
        again = ("update", CREDENTIAL, NAME, *place.settings(), "--id-field", "OTHER", "--json-field", "other")
        if kind == "webhook":
            # It is called only where there is something to write.
            keystead.command("target", *again)
        else:
            assert "does not answer" in refused(keystead, "test", CREDENTIAL, NAME).stderr
        assert "does not answer" in refused(keystead, "deliver", CREDENTIAL, NAME).stderr
        place.way.is_down = False

    # Somebody else writes: it stays until a person orders otherwise.
    if kind != "webhook":
        place.spoil()
        after = place.writes()
        assert "somebody else wrote" in refused(keystead, "test", CREDENTIAL, NAME).stderr
        failure = refused(keystead, "deliver", CREDENTIAL, NAME)
        assert (failure.code, "somebody else wrote" in failure.stderr) == (5, True)
        assert place.writes() == after
        keystead.command("target", "deliver", CREDENTIAL, NAME, "--overwrite")
        wait_until(lambda: place.key() == key, 20, "the key is back")
        assert place.writes() == after + 1

    shown = keystead.command("target", "show", CREDENTIAL, NAME)
    assert shown["kind"] == kind.replace("-", "_") and shown["serving_access_key_id"] == key.id
    # With a wrong secret it is told what is not permitted.
    if kind in {"openbao", "kubernetes", "github-actions", "webhook"}:
        keystead.command("target", "update", CREDENTIAL, NAME, "--new-secret", stdin="wrong-secret")
        if kind == "webhook":
            keystead.command("target", "update", CREDENTIAL, NAME, *place.settings(), "--json-field", "key")
        assert "is not permitted" in refused(keystead, "deliver", CREDENTIAL, NAME).stderr
    assert_audited(keystead, "CreateTarget")
    assert_audited(keystead, "DeliverTarget")
    keystead.command("target", "remove", CREDENTIAL, NAME)
    assert keystead.command("target", "list", CREDENTIAL)["targets"] == []
    keystead.stop()
    assert_nowhere(keystead, [key.secret, FOREIGN[SECRET], *([place.secret] if place.secret else [])])


class Reader:
    """The application at a place: it reads its key there and uses it, again and again."""

    def __init__(self, keystead: Keystead, name: str, read: Callable[[], Key | None]) -> None:
        self.failures: list[str] = []
        self.keys: list[str] = []
        self._end = threading.Event()
        self._work = threading.Thread(target=self._use, args=(keystead, name, read), daemon=True)
        self._work.start()

    def _use(self, keystead: Keystead, name: str, read: Callable[[], Key | None]) -> None:
        while not self._end.wait(0.4):
            key = read()
            if key is None:
                continue
            client = keystead.client("sts", key, attempts=3)
            client.meta.events.register("before-send", _Mark(name))
            try:
                client.get_caller_identity()
                self.keys.append(key.id)
            except Exception as error:  # noqa: BLE001
                self.failures.append(str(error))

    def end(self) -> None:
        self._end.set()
        self._work.join(30)


class _Mark:
    """Sends the application id of one application, whatever the session's is."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, request, **_: object) -> None:
        request.headers["User-Agent"] = f"Boto3/1 app/{self.name}"


@pytest.mark.timeout(400)
def test_a_rotation_reaches_every_target_and_waits_for_what_is_down_or_was_changed(
    bao: OpenBao, moto: Moto, new_keystead: Callable[[], Keystead], tmp_path: Path
) -> None:
    keystead = new_keystead()
    with ExitStack() as ends:
        places: dict[str, Place] = {
            "vault": OpenBaoPlace(bao),
            "sm": SecretsManagerPlace(moto),
            "ssm": ParameterPlace(moto),
            "k8s": KubernetesPlace(),
            "ci": GithubPlace(),
            "hook": WebhookPlace(),
        }
        for place in places.values():
            ends.callback(place.close)
        start(keystead, *places.values())
        places["store"] = StoredPlace(keystead, tmp_path / "machine")
        keystead.client("iam").create_user(UserName="app")
        old = keystead.command("managed", "create", CREDENTIAL, "--user-name", "app", "--profile", "demo")
        for name, place in places.items():
            add(keystead, place, name, "--app-id", name)
            keystead.command("target", "deliver", CREDENTIAL, name, "--overwrite")
        carried = {"key": hand_over(keystead)}
        readers = {name: Reader(keystead, name, place.key) for name, place in places.items()}
        readers["carried"] = Reader(keystead, "carried", lambda: carried["key"])
        for reader in readers.values():
            ends.callback(reader.end)
        wait_until(lambda: all(reader.keys for reader in readers.values()), 60, "every application works")
        writes = {name: place.writes() for name, place in places.items()}

        vault, k8s = places["vault"], places["k8s"]
        assert isinstance(k8s, KubernetesPlace) and k8s.way and vault.way
        k8s.way.is_down = True
        vault.spoil()
        rotation_id = keystead.command("rotate", "start", CREDENTIAL)["rotation_id"]

        rollouts = k8s.cluster.rollouts

        def state() -> str:
            return keystead.command("rotate", "status", rotation_id)["state"]

        def handed_over() -> bool:
            shown = keystead.command("target", "show", CREDENTIAL, "carried")
            return shown["serving_access_key_id"] != old["access_key_id"]

        def carry() -> None:
            carried["key"] = hand_over(keystead, add_target=False)

        def overwrite() -> None:
            # What somebody else wrote is a question; once it is seen to, the rotation is told to look again.
            wait_until(lambda: state() == "blocked", 60, "it asks")
            assert vault.values()[SECRET] == FOREIGN[SECRET]
            keystead.command("target", "deliver", CREDENTIAL, "vault", "--overwrite")
            keystead.command("rotate", "approve", rotation_id)
            wait_until(lambda: state() != "blocked", 60, "it goes on")

        def told(words: str) -> Callable[[], bool]:
            return lambda: words in keystead.text("rotate", "receipt", rotation_id)

        # One is down, one was changed and one is a person's work: each is told, none is written to and nothing fails.
        # A wave waits for the one before, so that these come one after the other.
        help_with: list[tuple[Callable[[], bool], Callable[[], None]]] = [
            (told("no answer"), lambda: setattr(k8s.way, "is_down", False)),
            (told("somebody else wrote"), overwrite),
            (handed_over, carry),
        ]
        while help_with:
            need = wait_until(lambda: next((one for one in help_with if one[0]()), None), 90, "one needs help")
            assert state() in {"delivering", "blocked"}
            need[1]()
            help_with.remove(need)

        def has_ended() -> bool:
            assert state() != "blocked", keystead.text("rotate", "status", rotation_id)
            return state() == "done"

        wait_until(has_ended, 200, "the rotation ends")
        new = keystead.command("managed", "show", CREDENTIAL)["access_key_id"]
        for name, reader in readers.items():
            assert reader.keys[-1] == new != old["access_key_id"], name
        assert {name: reader.failures for name, reader in readers.items() if name != "vault" and reader.failures} == {}
        # Where nobody meddled there was one write; where somebody did, theirs, the old key again and the new one.
        grown = {name: place.writes() - writes[name] for name, place in places.items()}
        assert grown == {name: 3 if name == "vault" else 1 for name in places}
        assert k8s.cluster.rollouts == rollouts + 1
        keystead.stop()
        secrets = [reader_key.secret for place in places.values() if (reader_key := place.key())]
        assert_nowhere(keystead, [*secrets, carried["key"].secret, vault.secret, k8s.secret])


def hand_over(keystead: Keystead, add_target: bool = True) -> Key:
    """A person carries the key: looks at the link, which burns nothing, and has it shown, which does."""
    if add_target:
        keystead.command("target", "add", CREDENTIAL, "carried", "--kind", "manual", "--app-id", "carried")
    lost = link(keystead)
    page = browse(link_now := link(keystead), "GET")
    assert "Show the key" in page[1] and browse(link_now, "GET") == page
    assert browse(lost, "POST")[0] == 404, "a newer link kills the one before"
    status, shown = browse(link_now, "POST")
    assert status == 200
    again, told = browse(link_now, "POST")
    assert again == 409 and "was shown on" in told and "127.0.0.1" in told
    newest = keystead.command("target", "show", CREDENTIAL, "carried")["hand_overs"][0]
    assert "127.0.0.1" in newest["opened_by"] and newest["opened_at"]
    identifier, secret = (part.split("</code>")[0] for part in shown.split("<code>")[1:3])
    return Key(identifier, secret)


def link(keystead: Keystead) -> str:
    """The address of a new link, as this machine reaches it."""
    path = keystead.command("target", "hand-over", CREDENTIAL, "carried")["link"].split("/", 3)[3]
    return f"{keystead.url}/{path}"


def browse(url: str, method: str) -> tuple[int, str]:
    """What a browser would be shown."""
    data = b"" if method == "POST" else None
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, method=method), timeout=10) as reply:
            assert reply.headers["Cache-Control"] == "no-store"
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_a_handed_over_key_that_was_seen_in_use_is_handed_over_no_more(
    new_keystead: Callable[[], Keystead],
) -> None:
    keystead = new_keystead()
    keystead.start()
    keystead.client("iam").create_user(UserName="app")
    keystead.command("managed", "create", CREDENTIAL, "--user-name", "app", "--profile", "demo")
    add_manual = ("target", "add", CREDENTIAL, "carried", "--kind", "manual", "--source", "127.0.0.1")
    keystead.command(*add_manual)
    key = hand_over(keystead, add_target=False)
    keystead.client("sts", key).get_caller_identity()
    wait_until(lambda: "seen in use" in last_link(keystead), 20, "its use is seen by its address")
    assert_audited(keystead, "CreateHandOver")
    assert_audited(keystead, "ShowHandOver")
    keystead.stop()
    assert_nowhere(keystead, [key.secret])


def last_link(keystead: Keystead) -> str:
    try:
        keystead.command("target", "hand-over", CREDENTIAL, "carried")
    except CommandFailed as failure:
        return failure.stderr
    time.sleep(0.5)
    return ""


def test_what_a_target_may_not_be_is_refused_in_words(new_keystead: Callable[[], Keystead]) -> None:
    keystead = new_keystead()
    keystead.start()
    keystead.client("iam").create_user(UserName="app")
    keystead.command("managed", "create", CREDENTIAL, "--user-name", "app")
    webhook = ("add", CREDENTIAL, NAME, "--kind", "webhook")
    for settings, why in [
        (("--set", "url=http://example.com/"), "is no https address"),
        (("--set", "url=http://127.0.0.1:1/"), "--target"),
        (("--set", "url=https://example.com/?token=x"), "has a query"),
        ((), "missing field `url`"),
        (("--set", "url=https://example.com/", "--set", "method=PUT"), "unknown field `method`"),
        (("--set", "url=https://example.com/", "--source", "10.0.0.0/33"), "`sources`"),
        (("--set", "url=https://example.com/", "--id-field", "a b"), "names of fields"),
    ]:
        assert why in refused(keystead, *webhook, *settings, stdin="secret").stderr
    # Inside the operator's network nothing is asked that the operator did not name.
    keystead.command("target", *webhook, "--set", "url=https://127.0.0.1:1/", stdin="secret")
    assert "has to name it" in refused(keystead, "deliver", CREDENTIAL, NAME).stderr
    assert "already" in refused(keystead, *webhook, "--set", "url=https://example.com/", stdin="secret").stderr
    missing = [
        *(refused(keystead, verb, CREDENTIAL, "nothing") for verb in ("show", "test", "deliver", "remove")),
        *(refused(keystead, verb, "nothing", NAME) for verb in ("show", "test", "deliver", "remove")),
        refused(keystead, "hand-over", CREDENTIAL, "nothing"),
        refused(keystead, "update", CREDENTIAL, "nothing", "--required", "false"),
    ]
    assert {failure.code for failure in missing} == {3}
