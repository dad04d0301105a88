"""`edgegenre`: the group of commands and the one place where errors become messages and exit statuses."""

import importlib
import io
import os
import sys
from collections.abc import Sequence

import click

from edgegenre import __version__
from edgegenre.errors import EdgegenreError, did_you_mean
from edgegenre.interrupts import hear_interrupts
from edgegenre.printable import printable

COMMANDS = (
    "models",
    "train",
    "sweep",
    "export",
    "quantize",
    "verify",
    "eval",
    "tune",
    "classify",
    "listen",
    "features",
    "fit",
    "profile",
    "bench",
    "report",
    "reproduce",
    "data",
    "firmware",
)
"""In the order of the work. Each is a file of this room, `<name>_command.py`, with a function `<name>_command`."""

FAILED, INTERRUPTED = 2, 130


class _Commands(click.Group):
    """Imports a command's file when the command is asked for; the files themselves import only click."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"edgegenre.cli.{cmd_name}_command")
        command: click.Command = getattr(module, f"{cmd_name}_command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            raise EdgegenreError(
                f"there is no command '{args[0]}'.{did_you_mean(args[0], COMMANDS)} `edgegenre --help` lists all."
            )
        return super().resolve_command(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="edgegenre")
def edgegenre() -> None:
    """Music genre classifiers from training to microcontroller."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status.

    0: done. 1: `verify` found a mismatch. 2: an error the user can mend, printed as one sentence. 130: interrupted.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A character that the terminal's encoding lacks is shown as its escape; it is no reason to fail.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status = edgegenre.main(args=list(arguments), prog_name="edgegenre", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except click.ClickException as error:
        return _complain(error.format_message())
    except EdgegenreError as error:
        return _complain(str(error))
    except (KeyboardInterrupt, click.Abort):
        click.echo("edgegenre: interrupted.", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); nothing may be flushed into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        if error.filename is None and error.strerror is None:
            raise
        where = f"{error.filename}: " if error.filename else ""
        return _complain(f"{where}{error.strerror or error}.")


def main() -> None:
    """The console script."""
    hear_interrupts()
    status = run(sys.argv[1:])
    if status == INTERRUPTED:
        # Everything is put away by now: no library's threads are waited for, which may wait for one another.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)


def _complain(message: str) -> int:
    click.echo(f"edgegenre: {printable(message)}", err=True)
    return FAILED


if __name__ == "__main__":
    main()
