"""Attack C5 for as long as its row asks: ten minutes from a hundred addresses."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.attack import run
from harness.keystead import Keystead

SECONDS = 600


@pytest.mark.timeout(SECONDS + 120)
def test_c5_no_guess_is_checked_and_the_owner_goes_on_signing_in(tmp_path: Path) -> None:
    keystead = Keystead(tmp_path)
    keystead.init()
    keystead.start()
    try:
        course = run(keystead, SECONDS)
    finally:
        keystead.close()
    print(course)
    assert set(course.strangers) <= {"wrong", "challenged", "made to wait"}, course
    # A code lasts half a minute.
    assert course.entered >= SECONDS // 30 - 1, course
