"""The library: boards that are kept on the server, in one SQLite file for everybody on the page.

boards    key, revision (of the library, at its last change), content (JSON, NULL = gone)

Browsers send what they have changed of a board, not the board: two people may work on one board at
once, and both find their shoes and notes on it. A change is one transaction that is on the disk
before it is answered, so that a killed server has all of it or nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sketchnet.utils.errors import InputError
from sketchnet.utils.sqlite import sqlite3

from .board_changes import changed_board

FILE = "library.sqlite"
APPLICATION, VERSION = 0x73_6B_6E_6C, 1  # "sknl"
MAX_BOARDS = 1_000
MAX_BOARD = 1_000_000  # characters of one board
WAIT = 20.0  # seconds that a change waits for those of others


class Library:
    """The boards in a folder."""

    def __init__(self, folder: Path) -> None:
        """Open the library, or begin it. Raises InputError where the folder cannot hold one."""
        self.path = folder / FILE
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if self.path.is_symlink() or (self.path.exists() and not self.path.is_file()):
                raise self._unusable("it is not a regular file")
            with self._transaction() as file:
                if file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
                    file.execute(f"PRAGMA application_id={APPLICATION}")
                    file.execute(f"PRAGMA user_version={VERSION}")
                    file.execute(
                        "CREATE TABLE boards (key TEXT PRIMARY KEY, revision INTEGER, content TEXT)"
                    )
                    file.execute("CREATE INDEX revisions ON boards (revision)")
                marks = [
                    file.execute(f"PRAGMA {name}").fetchone()[0]
                    for name in ("application_id", "user_version")
                ]
                if marks != [APPLICATION, VERSION]:
                    raise self._unusable("it is no library of this version")
                file.execute("SELECT key, revision, content FROM boards LIMIT 1").fetchall()
        except OSError as error:
            raise self._unusable(str(error)) from None

    def change(self, changes: Mapping[str, Any], since: int) -> dict[str, Any]:
        """Apply changes, and return what is new to a browser.

        Args:
            changes: key of a board to its changes (`board_changes`), or to None, which removes it.
            since: the revision that the browser knows, 0 at first.

        Returns:
            revision of the library, and `boards`: key to content, None where a board is gone, of
            all that were changed since.

        Raises InputError where a change is none, and where there is no room.
        """
        with self._transaction() as file:
            revision = file.execute("SELECT coalesce(max(revision), 0) FROM boards").fetchone()[0]
            for key, change in changes.items():
                if self._apply(file, key, change, revision + 1):
                    revision += 1
            rows = file.execute(
                "SELECT key, content FROM boards WHERE revision > ? ORDER BY revision",
                (since if since <= revision else 0,),
            ).fetchall()
        boards = {key: None if content is None else json.loads(content) for key, content in rows}
        return {"revision": revision, "boards": boards}

    def _apply(self, file: sqlite3.Connection, key: str, change: Any, revision: int) -> bool:
        """Write one board; False where nothing is changed."""
        if not isinstance(key, str) or not 1 <= len(key) <= 40:
            raise InputError("the key of a board", "something else", "reload the page")
        found = file.execute("SELECT content FROM boards WHERE key = ?", (key,)).fetchone()
        before = json.loads(found[0]) if found and found[0] is not None else None
        if found and before is None:
            return False  # others have removed the board
        after = None if change is None else changed_board(before, change)
        if after == before:
            return False
        content = None if after is None else json.dumps(after, separators=(",", ":"))
        if content is not None and len(content) > MAX_BOARD:
            raise InputError(
                f"a board of at most {MAX_BOARD:,} characters", "a longer one", "begin another"
            )
        if before is None:
            count = file.execute("SELECT count(content) FROM boards").fetchone()[0]
            if count >= MAX_BOARDS:
                raise InputError(f"at most {MAX_BOARDS:,} boards", "one more", "delete some first")
        file.execute(
            "INSERT INTO boards VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE "
            "SET revision = excluded.revision, content = excluded.content",
            (key, revision, content),
        )
        return True

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """The file, locked for one change; written with all of it, or not at all."""
        try:
            with closing(sqlite3.connect(self.path, timeout=WAIT, isolation_level=None)) as file:
                file.execute("PRAGMA synchronous=FULL")
                file.execute("PRAGMA trusted_schema=OFF")
                file.execute("BEGIN IMMEDIATE")
                try:
                    yield file
                except BaseException:
                    file.execute("ROLLBACK")
                    raise
                file.execute("COMMIT")
        except InputError:
            raise
        except (sqlite3.Error, ValueError) as error:
            raise self._unusable(str(error)) from None

    def _unusable(self, reason: str) -> InputError:
        return InputError(
            "a folder for the library of boards",
            f"{self.path} ({reason})",
            "name another folder with --library, or move the file away",
        )
