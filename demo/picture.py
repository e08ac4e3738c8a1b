"""What the demo shows of one moment, and how that reads."""

from __future__ import annotations

from dataclasses import dataclass

STATES = [
    *("PREFLIGHT", "CREATING", "STAGED", "VERIFYING", "DELIVERING", "PROVING"),
    *("DEACTIVATING", "WATCHING", "DELETING", "DONE"),
]


@dataclass(frozen=True)
class KeyLine:
    """A key, and when each application was last seen using it."""

    id: str
    status: str
    used_by: dict[str, str]


@dataclass(frozen=True)
class ApplicationLine:
    """An application, and the key it was seen using last."""

    name: str
    kind: str
    key: str
    requests: int
    failed: int
    last_error: str


@dataclass(frozen=True)
class Picture:
    """Everything at one moment."""

    seconds: float
    state: str
    sentence: str
    keys: list[KeyLine]
    applications: list[ApplicationLine]

    @property
    def requests(self) -> int:
        return sum(application.requests for application in self.applications)

    @property
    def failed(self) -> int:
        return sum(application.failed for application in self.applications)

    def summary(self) -> str:
        """One line, where lines cannot be rewritten."""
        return f"{clock(self.seconds)}  {self.state:<12}  {self.requests:,} requests, {self.failed} failed"


def clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def short(key_id: str) -> str:
    """The end of a key id, which is what tells two apart."""
    return f"…{key_id[-4:]}" if key_id else "-"
