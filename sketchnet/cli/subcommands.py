"""Commands that consist of subcommands, each a function whose arguments are its flags."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import tyro

from sketchnet.utils.errors import InputError


def run_subcommand(
    commands: Mapping[str, Callable[..., int]],
    arguments: Sequence[str] | None,
    *,
    prog: str,
    description: str | None,
    stopped: str = "stopped",
) -> int:
    """Run the subcommand that the arguments name; returns the exit status.

    Wrong input and files that cannot be read or written end in one line and status 2, an
    interruption in `stopped` and status 130.

    Args:
        commands: functions by the name of their subcommand.
        arguments: of the command line; None = those of the process.
        prog: the command, for its help.
        description: what it does, for its help.
    """
    functions: dict[str, Any] = dict(commands)
    try:
        return tyro.extras.subcommand_cli_from_dict(
            functions, args=arguments, prog=prog, description=description
        )
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\n{stopped}", file=sys.stderr)
        return 130
