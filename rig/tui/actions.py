"""Everything an operator can do, in one table: keys, palette, help and documentation come from it.

Dangerous actions carry the question that is asked first; there is no other way to carry one out.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding

EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do.

    Attributes:
        name: the method `do_<name>` of the screen, or of the application, carries it out.
        key: as Textual names it; several are separated by commas.
        title: for the line of keys and the palette.
        help: one sentence.
        where: name of the screen on which it applies.
        confirm: question to ask before; "" for what is not dangerous.
        shown: is in the line of keys.
        always: works in a text field and in a dialogue, too.
    """

    name: str
    key: str
    title: str
    help: str
    where: str = EVERYWHERE
    confirm: str = ""
    shown: bool = True
    always: bool = False


SCREENS = ("bench", "run", "wire", "cards", "modem", "reports", "manual")
"""In the order of their number keys."""

SAFE = Action(
    "safe", "f9", "SAFE", "Abort what runs and bring every device into its safe state, at once.",
    always=True,
)  # fmt: skip

ACTIONS: tuple[Action, ...] = (
    SAFE,
    Action("bench", "1", "Bench", "Plugs, station, cards, mains, network and lease.", shown=False),
    Action("run", "2", "Run", "Choose cases, run them, and see what happens.", shown=False),
    Action("wire", "3", "Wire", "Every OCPP message, with filter and JSON.", shown=False),
    Action("cards", "4", "Cards", "Write and verify the set of test cards.", shown=False),
    Action("modem", "5", "Modem", "Network, signal, technology, connection test.", shown=False),
    Action("reports", "6", "Reports", "Past runs, reports, two runs compared.", shown=False),
    Action("manual", "7", "Manual", "Play the Central System by hand.", shown=False),
    Action("help", "f1,question_mark", "Help", "What every key does."),
    Action("answer", "a", "Answer", "Answer the question that waits for a person.", shown=False),
    Action("abort", "f8", "Abort", "Abort the run in progress; its results so far are kept.",
           confirm="Abort the run in progress?", shown=False),
    Action("hold", "h", "Hold", "Hold the bench for you (lease), or give it back.", shown=False),
    Action("break_lease", "B", "Break lease",
           "Take the bench from its holder: the run is aborted, the bench made safe.",
           confirm="Take the bench from its holder? A run is aborted; your name goes on record.",
           shown=False),
    Action("recover", "R", "Recover", "Open the bench again after a quarantine.", shown=False),
    Action("up", "u", "Start virtual bench",
           "When no daemon runs: start one with the virtual bench.", shown=False),
    Action("jump", "j,ctrl+o", "Jump",
           "Letters appear on every place that can have the focus; type one to go there."),
    Action("palette", "ctrl+p", "Palette", "Find any action by its name."),
    Action("theme", "f4", "Light/dark", "Light or dark colours.", shown=False),
    Action("leave", "q,ctrl+q", "Quit", "Leave. The daemon and what it runs go on.", shown=False),

    Action("plug_in", "i", "Plug in", "Cable into station and vehicle: state B.", "bench"),
    Action("plug_out", "o", "Out", "Unplug both sides, in the safe order.", "bench"),
    Action("energy", "e", "Energy", "Request energy (state C), or stop to request it.", "bench"),
    Action("present", "p,enter", "Card", "Hold the card under the cursor to the reader.", "bench"),
    Action("mains", "m", "Mains", "Switch the station's supply on or off.", "bench",
           confirm="Switch the mains of the station?"),
    Action("mains_cycle", "y", "Power cycle", "Mains off for a few seconds, then on.", "bench",
           confirm="Take the mains from the station for a few seconds?", shown=False),
    Action("network", "n", "Network", "Cut the station's network, or restore it.", "bench",
           confirm="Switch the network of the station?", shown=False),
    Action("load", "l", "Load", "Switch phases of the load at the plug.", "bench",
           confirm="Switch the load? Current will flow, or stop.", shown=False),
    Action("fault", "x", "Fault", "Put a fault into the plug for ten seconds, or take it out.",
           "bench", confirm="Put a fault into the plug?", shown=False),
    Action("check", "k", "Check", "Ask every device of the bench for a sign of life.", "bench",
           shown=False),

    Action("mark", "space", "Mark", "Mark the case, or take the mark off.", "run"),
    Action("mark_all", "asterisk", "All", "Mark all cases that are shown, or none.", "run",
           shown=False),
    Action("start", "g", "Go", "Run the marked cases, or the one under the cursor.", "run"),
    Action("why", "enter", "Why", "Checks, rules and time line of the case under the cursor.",
           "run"),
    Action("run_html", "o", "Report", "Write the HTML report of the run shown and open it.",
           "run", shown=False),
    Action("choose", "n", "Choose cases", "Show the catalogue, to choose cases from.", "run"),
    Action("dut", "d", "Station/CSMS", "Change over between station and CSMS under test.", "run",
           shown=False),
    Action("filter_cases", "slash", "Filter", "Show only cases with this text.", "run"),

    Action("filter_frames", "slash", "Filter", "Show only messages with this text.", "wire"),
    Action("newest", "end", "Newest", "Go to the newest message, and follow.", "wire"),
    Action("live", "v", "Live", "Show the messages of now again, not those of a case.", "wire"),
    Action("leave_wire", "escape", "Back", "Back to where you came from.", "wire", shown=False),

    Action("message", "enter", "Message", "Go to the message that shows it.", "case"),
    Action("case_html", "o", "Open report", "Write the HTML report and open it.", "case"),
    Action("leave_case", "escape", "Back", "Back to the run.", "case"),

    Action("write_set", "w", "Write set", "Prepare and verify every card of the set.", "cards"),
    Action("write_one", "enter", "Write one", "Prepare and verify the card under the cursor, "
           "also if it was right before.", "cards"),
    Action("verify", "v", "Verify", "Read the card that lies on the writer.", "cards"),
    Action("verify_set", "V", "Verify set", "Look whether every card of the set is as it is to "
           "be; nothing is written.", "cards"),
    Action("stop_cards", "x", "Stop", "Stop to prepare cards; what is done stays done.", "cards"),

    Action("technology", "t", "Technology", "Allow 2G, 3G or 4G only, or all.", "modem"),
    Action("signal_watch", "w", "Watch", "Read the signal for ten seconds; least, median and "
           "greatest.", "modem"),
    Action("data", "d", "Data", "Bring the data session up, or down.", "modem"),
    Action("connection_test", "c", "Test", "Test the connection: signal against the limit, "
           "registration, data session, address.", "modem"),

    Action("open_run", "enter", "Cases", "Go to the cases of the run; on a case: why.", "reports"),
    Action("html", "o", "Open", "Write the HTML report and open it.", "reports"),
    Action("write", "w", "Write", "Write the report as HTML, JUnit XML or JSON.", "reports"),
    Action("mark_run", "space", "Mark", "Mark the run to compare with.", "reports"),
    Action("compare", "c", "Compare", "Compare the run with the marked one, or the one before.",
           "reports"),
    Action("resume", "g", "Go on", "Go on with an interrupted run: what has no verdict yet.",
           "reports", shown=False),

    Action("compared_case", "enter", "Why", "Why the case ended so in the newer run.", "compare"),
    Action("only_changes", "space", "Changes", "Show only what has changed, or all.", "compare"),
    Action("leave_compare", "escape", "Back", "Back to the runs.", "compare"),

    Action("send", "f5,ctrl+s", "Send", "Send the message and wait for the answer.", "manual",
           always=True),
    Action("send_wrong", "f6", "Send wrong", "Send it although it breaks its schema.", "manual",
           always=True),
    Action("filter_actions", "slash", "Filter", "Show only messages with this text.", "manual"),
)  # fmt: skip

OF = {(action.where, action.name): action for action in ACTIONS}


def bindings(where: str) -> list[Binding]:
    """Key bindings of a screen, or of the application (`EVERYWHERE`)."""
    return [
        Binding(a.key, f"app.act('{a.where}','{a.name}')", a.title, show=False, priority=a.always)
        for a in ACTIONS
        if a.where == where
    ]


def of_screen(where: str) -> list[Action]:
    """What can be done on a screen: its own actions, then those of everywhere."""
    return [a for a in ACTIONS if a.where == where] + [a for a in ACTIONS if a.where == EVERYWHERE]


_KEYS = {
    "question_mark": "?", "slash": "/", "asterisk": "*", "space": "Space", "enter": "Enter",
    "end": "End", "home": "Home", "escape": "Esc",
}  # fmt: skip


def key_text(key: str) -> str:
    """A key as it is printed on keyboards, e.g. "Ctrl+P"; the first of several."""
    return key_name(key.split(",")[0])


def all_keys(action: Action) -> str:
    """All keys of an action, e.g. "F1 ?"."""
    return " ".join(key_name(key) for key in action.key.split(","))


def key_name(key: str) -> str:
    """One key as it is printed on keyboards."""
    *modifiers, last = key.split("+")
    name = _KEYS.get(last, last.upper() if modifiers or last[1:].isdigit() else last)
    return "+".join([*(m.capitalize() for m in modifiers), name])
