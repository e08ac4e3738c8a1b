"""Shell sessions as documents show them: read from the page, typed into a shell, held against what it answers.

In a ```console block a line beginning with `$ ` is typed; the lines after it are what must come back.
`…` stands for anything within a line. `<name>` stands for a value: the first time it appears it takes what
is there, and from then on it means just that, in commands too.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PLACEHOLDER = re.compile(r"<([a-z][a-z-]*)>")
END_OF_ANSWER = "-- end of answer --"


@dataclass(frozen=True)
class Exchange:
    """One command of a page, and what the page says comes back."""

    line: int
    command: str
    answer: str


def exchanges_of(page: str) -> list[Exchange]:
    """Every command of the page's ```console blocks, in order."""
    exchanges: list[Exchange] = []
    in_console = False
    for number, line in enumerate(page.splitlines(), start=1):
        if line.startswith("```"):
            in_console = line == "```console"
        elif in_console and line.startswith("$ "):
            exchanges.append(Exchange(number, line.removeprefix("$ "), ""))
        elif in_console:
            last = exchanges.pop()
            exchanges.append(Exchange(last.line, last.command, f"{last.answer}{line}\n"))
    return exchanges


class Values(dict[str, str]):
    """What the page's `<names>` stand for so far."""

    def put_into(self, text: str) -> str:
        return PLACEHOLDER.sub(lambda found: self[found[1]], text)

    def take_from(self, expected: str, answer: str) -> bool:
        """Whether the answer is the expected one; if so, new names are bound."""
        found = re.fullmatch(self._pattern(expected.strip()), answer.strip())
        if found:
            self.update({name.replace("_", "-"): value for name, value in found.groupdict().items()})
        return found is not None

    def _pattern(self, expected: str) -> str:
        pattern = ""
        seen: set[str] = set()
        for at, part in enumerate(PLACEHOLDER.split(expected)):
            name = part.replace("-", "_")
            if at % 2 == 0:
                pattern += re.escape(part).replace("…", "[^\n]*")
            elif part in self:
                pattern += re.escape(self[part])
            elif name in seen:
                pattern += f"(?P={name})"
            else:
                seen.add(name)
                pattern += rf'(?P<{name}>[^\s",]+)'
        return pattern


class Shell:
    """A bash in a folder of its own, which remembers from one command to the next as a terminal does."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "--norc"],
            cwd=folder,
            env={**environment, "HOME": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def type(self, command: str) -> str:
        """What the command printed, on either stream."""
        assert self._process.stdin and self._process.stdout
        print(f"{command}\necho\necho '{END_OF_ANSWER}'", file=self._process.stdin, flush=True)
        lines = iter(self._process.stdout.readline, "")
        answer: list[str] = []
        for line in lines:
            if line.rstrip("\n") == END_OF_ANSWER:
                return "".join(answer)
            answer.append(line)
        raise AssertionError(f"the shell ended at `{command}`:\n{''.join(answer)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=10)


def run(page: Path, shell: Shell) -> int:
    """Types every command of the page and holds each answer against it; how many there were."""
    values = Values()
    exchanges = exchanges_of(page.read_text())
    for exchange in exchanges:
        answer = shell.type(values.put_into(exchange.command))
        assert values.take_from(exchange.answer, answer), (
            f"{page.name}, line {exchange.line}: {exchange.command}\n"
            f"expected:\n{exchange.answer}\nanswered:\n{answer.strip()}"
        )
    return len(exchanges)
