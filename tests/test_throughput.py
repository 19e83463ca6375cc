"""The cost of a step must not grow with the number of copies; wall time is not tested."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "throughput.py"


def test_cost_and_memory_of_a_copy_do_not_grow():
    line = [sys.executable, str(SCRIPT), "--check", "--seconds", "1", "--rounds", "2"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
