"""The demo's terminal: a picture redrawn in place, or plain lines where that cannot be done."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap

from picture import STATES, Picture, clock, short

BOLD, DIM, GREEN, RED, CYAN, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[31m", "\x1b[36m", "\x1b[0m"
SUMMARY_SECONDS = 10


class Screen:
    """Writes to standard output."""

    def __init__(self) -> None:
        self._live = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._colour = self._live and "NO_COLOR" not in os.environ
        self._drawn = 0
        self._last_text = ""
        self._last_summary = float("-inf")

    def line(self, text: str = "") -> None:
        print(text, flush=True)

    def text(self, text: str) -> None:
        for line in text.splitlines():
            self.line(f"  {line}")

    def title(self, text: str) -> None:
        self.line()
        self.line(self._in(BOLD, text))
        self.line()

    def step(self, what: str, outcome: str) -> None:
        self.line(f"  {self._in(GREEN, '✓')} {what}  {self._in(DIM, outcome)}")

    def verdict(self, good: bool, text: str) -> None:
        self.line(self._in(BOLD + (GREEN if good else RED), text))

    def show(self, picture: Picture) -> None:
        if self._live:
            self._redraw(self._lines(picture))
        else:
            self._report(picture)

    def settle(self) -> None:
        """Leaves the picture where it is; what follows goes below it."""
        self._drawn = 0

    def _in(self, style: str, text: str) -> str:
        return f"{style}{text}{PLAIN}" if self._colour else text

    def _report(self, picture: Picture) -> None:
        """A line when something is new, and one now and then to show that the work goes on."""
        text = picture.state
        is_new = text != self._last_text
        if is_new or picture.seconds - self._last_summary >= SUMMARY_SECONDS:
            self.line(f"{picture.summary()}  {picture.sentence if is_new else ''}".rstrip())
            self._last_text, self._last_summary = text, picture.seconds

    def _redraw(self, lines: list[str]) -> None:
        if self._drawn:
            sys.stdout.write(f"\x1b[{self._drawn}A")
        sys.stdout.write("".join(f"\x1b[2K{line}\n" for line in lines) + "\x1b[J")
        sys.stdout.flush()
        self._drawn = len(lines)

    def _lines(self, picture: Picture) -> list[str]:
        width = min(shutil.get_terminal_size().columns, 100) - 4
        sentence = textwrap.wrap(picture.sentence, width)[:3]
        return [
            f"  {self._progress(picture.state)}",
            "",
            f"  {self._in(BOLD, picture.state)}  {self._in(DIM, clock(picture.seconds))}",
            # Three lines always, so that the tables below do not jump.
            *(f"  {line}" for line in (sentence + ["", "", ""])[:3]),
            "",
            *self._key_lines(picture),
            "",
            *self._application_lines(picture),
            "",
        ]

    def _progress(self, state: str) -> str:
        reached = STATES.index(state) if state in STATES else -1
        dots = []
        for number, name in enumerate(STATES):
            if number < reached or state == "DONE":
                dots.append(self._in(GREEN, "●"))
            elif number == reached:
                dots.append(self._in(CYAN, f"◉ {name.lower()}"))
            else:
                dots.append(self._in(DIM, "○"))
        return " ".join(dots)

    def _key_lines(self, picture: Picture) -> list[str]:
        lines = []
        for key in picture.keys:
            users = ", ".join(key.used_by) or "nobody yet"
            status = self._in(GREEN if key.status == "Active" else DIM, f"{key.status:<8}")
            lines.append(f"  {key.id}  {status}  {self._in(DIM, f'used by {users}')}")
        # Room for the second key from the start.
        return (lines + [""])[: max(2, len(lines))]

    def _application_lines(self, picture: Picture) -> list[str]:
        head = f"  {'application':<16}{'credentials by':<20}{'key':<8}{'requests':>10}{'failed':>8}"
        lines = [self._in(DIM, head)]
        for one in picture.applications:
            failed = self._in(RED if one.failed else GREEN, f"{one.failed:>8}")
            kind = one.kind.replace("-", " ")
            lines.append(f"  {one.name:<16}{kind:<20}{short(one.key):<8}{one.requests:>10,}{failed}")
        return lines
