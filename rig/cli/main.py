"""`rig`: the group of commands. A command's module is imported when the command is used."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from rig.cli.output import echo_json, fail, wants_json
from rig.client.errors import ClientError, ExitCode, UsageProblem

COMMANDS = {
    "demo": ("rig.cli.demo", "Virtual bench, every case and a report; nothing to configure."),
    "up": ("rig.cli.daemon", "Start the daemon in the background."),
    "down": ("rig.cli.daemon", "Stop the daemon; the bench is left safe."),
    "status": ("rig.cli.daemon", "Daemon, bench, station and run at a glance."),
    "serve-web": ("rig.cli.web", "The operator's seat in a browser."),
    "tui": ("rig.cli.tui", "The operator's seat: bench, runs, messages and questions."),
    "bench": ("rig.cli.bench", "Check the bench, make it safe, recover it."),
    "lease": ("rig.cli.lease", "Hold the bench, so that nobody else gives orders."),
    "plug": ("rig.cli.plug", "Work a tester plug by hand."),
    "card": ("rig.cli.card", "Test cards: list, present, read and prepare them."),
    "mains": ("rig.cli.mains", "Switch the station's supply."),
    "relay": ("rig.cli.relay", "Pulse a relay that has no part in the bench."),
    "net": ("rig.cli.network", "Cut the station's network."),
    "modem": ("rig.cli.modem", "Mobile network: signal, technology, data."),
    "csms": ("rig.cli.csms", "Play Central System by hand: send the station a request."),
    "case": ("rig.cli.case", "The catalogue of cases."),
    "run": ("rig.cli.run", "Run cases against a station or a CSMS."),
    "runs": ("rig.cli.runs", "Runs of the past."),
    "report": ("rig.cli.report", "Report of a run as HTML, JUnit or JSON."),
    "station": ("rig.cli.station", "Emulated charging station alone, to test a CSMS with."),
    "fleet": ("rig.cli.fleet", "Many emulated stations, to load a CSMS with."),
    "persona": ("rig.cli.persona", "Kinds of emulated charging station."),
    "pics": ("rig.cli.pics", "PICS: what is declared about the device under test."),
    "bridge": ("rig.cli.bridge", "Prompts of other test tools, done by the bench."),
    "prompt": ("rig.cli.prompt", "Questions of a run to the operator."),
}
"""Name, module (with a function of that name, - as _), help line; in the order of `rig --help`."""


class RigGroup(click.Group):
    """A group that imports a command only to run it, and turns every error into an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called `cmd_name`."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command = getattr(module, cmd_name.replace("-", "_"))
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one is answered with the nearest names."""
        if args and args[0] not in COMMANDS:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, 3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise click.UsageError(f"no command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def main(  # type: ignore[override]  # click overloads it for two modes; we have one
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run a command and exit with the code that the command surface promises."""
        extra["standalone_mode"] = False
        given = list(sys.argv[1:] if args is None else args)
        try:
            code = super().main(given, prog_name or "rig", **extra)
        except ClientError as error:
            code = fail(error, as_json=wants_json(given))
        except click.ClickException as error:
            error.show()
            if wants_json(given):
                echo_json({"error": error.format_message(), "kind": "config", "problems": []})
            code = ExitCode.USAGE
        except (KeyboardInterrupt, click.Abort):
            click.echo("\ninterrupted", err=True)
            code = ExitCode.INTERRUPTED
        except BrokenPipeError:
            sys.stderr.close()  # the reader of our output left; nobody is interested in why
            code = ExitCode.OK
        except OSError as error:  # a full disk, a folder that may not be written
            code = fail(refused_by_system(error), as_json=wants_json(given))
        except Exception as error:  # Python's own exit code would blame the device under test
            traceback.print_exc()
            said = (
                f"{type(error).__name__}: {error}; this is a mistake of the rig, please report it"
            )
            code = fail(ClientError(said, "internal"), as_json=wants_json(given))
        sys.exit(code if isinstance(code, int) else ExitCode.OK)


def refused_by_system(error: OSError) -> UsageProblem:
    """What the operating system did not let us do, as a sentence with the place."""
    place = f"{error.filename}: " if error.filename else ""
    what = error.strerror or str(error) or type(error).__name__
    return UsageProblem(f"{place}{what}; check the path, its permissions and the room there")


@click.group(cls=RigGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="evse-rig", prog_name="rig")
def rig() -> None:
    """EV charging test rig: plugs, cards and power by wire, OCPP 1.6 verdicts, one report.

    \b
    Try it without any hardware:   rig demo
    Exit codes: 0 passed, 1 a check failed, 2 usage or configuration,
    3 inconclusive, 4 bench unavailable, 5 nothing applicable,
    70 internal error, 130 interrupted.
    """  # noqa: D301 (\b is click's mark for "do not rewrap")


def main() -> NoReturn:
    """Entry point of the `rig` command."""
    rig.main()
