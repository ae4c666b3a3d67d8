"""`rig demo`."""

from __future__ import annotations

from pathlib import Path

import click

from rig.cli.options import chosen_bench, json_option, persona_option
from rig.cli.output import SEVERITY, echo_json, records_json, talk, verdict_text
from rig.cli.report import FILE, check_writable, write
from rig.cli.run import conduct, worst
from rig.cli.runs import verdict_table
from rig.client.errors import ExitCode
from rig.client.launcher import ephemeral
from rig.client.results import RunInfo


@click.command()
@click.option(
    "--output",
    type=FILE,
    default=Path("rig-demo-report.html"),
    show_default=True,
    help="Where the HTML report goes.",
)
@persona_option
@json_option
def demo(output: Path, persona: str | None, as_json: bool) -> int:
    """Run every case there is on the virtual bench, and write a report.

    Nothing to configure, no hardware: the bench, the charging station and the CSMS are
    simulated, in processes of their own, and speak the real protocols.
    """
    check_writable({"html": output})
    talk("starting the virtual bench ...")
    infos: list[RunInfo] = []
    codes: list[int] = []
    with ephemeral(chosen_bench(None, persona)) as client:
        for dut, name in (("station", "charging station"), ("csms", "CSMS")):
            talk(f"{name} under test")
            info, code = conduct(client, dut, None)
            infos.append(info)
            codes.append(code)
            if code == ExitCode.INTERRUPTED:
                break
        write(client, [info.run_id for info in infos], {"html": output})
    code = worst(codes)
    if as_json:
        echo_json({"runs": records_json(infos), "report": str(output), "exit_code": code})
        return code
    for line in verdict_table(*infos):
        click.echo(line)
    passed = sum(case.verdict == "PASS" for info in infos for case in info.cases)
    total = sum(len(info.cases) for info in infos)
    verdict = verdict_text(max((info.verdict for info in infos), key=SEVERITY.index))
    click.echo(f"\n{verdict}: {passed} of {total} cases passed on the virtual bench")
    click.echo(f"report: {output.absolute()}")
    return code
