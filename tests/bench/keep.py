"""Keep a bench's report in `results.json`, each bench in its own section: what others wrote stays.

`jointlight bench train --json | python tests/bench/keep.py train`; on a machine with CUDA into `"train, CUDA"`, so that
figures of two machines stand side by side.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).with_name("results.json")


def keep(section: str, report: dict[str, Any], *, file: Path = RESULTS) -> None:
    """Put a report into its section of the results."""
    results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    results[section] = report
    file.write_text(json.dumps(results, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Read a report from stdin and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("section", help="name of the bench")
    section = parser.parse_args().section
    try:
        report = json.load(sys.stdin)
    except ValueError as error:
        sys.exit(f"There is no report on stdin ({error}); results.json stays as it was.")
    keep(section, report)


if __name__ == "__main__":
    main()
