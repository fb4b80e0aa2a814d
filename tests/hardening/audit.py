"""Known weaknesses of what is installed, by the pages of the packages on PyPI.

`python -m tests.hardening.audit` prints them.
`make audit` (pip-audit) is the better tool, and asks PyPI for every version. Some mirrors pass on
the page of a package alone, which tells what is known of its newest version: enough for all that is
up to date, and the others are named. Ends with 1 where a weakness is known.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions

PAGE = "https://pypi.org/pypi/{name}/json"


def told(name: str, version: str) -> tuple[str, str]:
    """What the page says of this version: `clean`, `weak`, `older` than it speaks of, `unknown`."""
    try:
        with urllib.request.urlopen(PAGE.format(name=name), timeout=60) as answer:
            page = json.load(answer)
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        return "unknown", f"{name} {version}: {error}"
    known = [found["id"] for found in page["vulnerabilities"] if not found["withdrawn"]]
    newest = page["info"]["version"]
    if newest != version:
        # What is known of the newest was hardly better before.
        return "weak" if known else "older", f"{name} {version}, newest {newest} {' '.join(known)}"
    return ("weak" if known else "clean"), f"{name} {version} {' '.join(known)}"


def main() -> int:
    installed = sorted({(found.name.lower(), found.version) for found in distributions()})
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda one: told(*one), installed))
    for verdict in ("weak", "older", "unknown", "clean"):
        lines = [line for found, line in answers if found == verdict]
        print(f"{len(lines)} {verdict}")
        if verdict != "clean":
            print(*(f"  {line}" for line in lines), sep="\n", end="\n" if lines else "")
    return int(any(found == "weak" for found, _ in answers))


if __name__ == "__main__":
    sys.exit(main())
