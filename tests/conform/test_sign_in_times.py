"""Attack C1 with as many samples as its row asks for: no name is told by how long its refusal takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness.keystead import Keystead
from harness.sign_in_times import measure

SAMPLES = 5_000
T_MAX = 4.5
MEDIAN_MS_MAX = 1.0


@pytest.mark.timeout(3600)
def test_c1_no_name_is_told_by_time(tmp_path: Path) -> None:
    keystead = Keystead(tmp_path)
    keystead.init()
    keystead.start("--challenge-after", "1000000")
    try:
        times = measure(keystead, SAMPLES)
    finally:
        keystead.close()
    wrong = times.median_ms("wrong")
    found = {name: (round(times.median_ms(name) - wrong, 3), round(times.t(name), 2)) for name in times.of}
    print(f"median of a wrong password: {wrong:.2f} ms; the others, less that, and t: {found}")
    assert all(abs(median) < MEDIAN_MS_MAX and abs(t) < T_MAX for median, t in found.values()), found
