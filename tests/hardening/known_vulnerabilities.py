"""Looks up known vulnerabilities of the installed packages on their PyPI pages.

`python -m tests.hardening.known_vulnerabilities` prints them, and exits with 1 if there are any.
`make audit` (pip-audit) is the better tool: it asks PyPI about every version. Some mirrors serve
only the page of a package, which describes its newest version. That covers every package that is
up to date; the others are listed as `outdated`.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import distributions

PAGE = "https://pypi.org/pypi/{name}/json"


def look_up(name: str, version: str) -> tuple[str, str]:
    """The status of one package, and a line that describes it.

    Status: `safe`, `vulnerable`, `outdated` (the page describes a newer version), or `unknown` (no
    page).
    """
    try:
        with urllib.request.urlopen(PAGE.format(name=name), timeout=60) as response:
            page = json.load(response)
    except (urllib.error.URLError, TimeoutError, ValueError) as error:
        return "unknown", f"{name} {version}: {error}"
    known = [found["id"] for found in page["vulnerabilities"] if not found["withdrawn"]]
    newest = page["info"]["version"]
    if newest != version:
        # A vulnerability of the newest version very probably exists in older ones, too.
        status = "vulnerable" if known else "outdated"
        return status, f"{name} {version}, newest {newest} {' '.join(known)}"
    return ("vulnerable" if known else "safe"), f"{name} {version} {' '.join(known)}"


def main() -> int:
    installed = sorted({(found.name.lower(), found.version) for found in distributions()})
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda package: look_up(*package), installed))
    for status in ("vulnerable", "outdated", "unknown", "safe"):
        lines = [line for found, line in results if found == status]
        print(f"{len(lines)} {status}")
        if status != "safe":
            print(*(f"  {line}" for line in lines), sep="\n", end="\n" if lines else "")
    return int(any(found == "vulnerable" for found, _ in results))


if __name__ == "__main__":
    sys.exit(main())
