"""The `tuningkit` command: open the lessons, present one, check the installation, print the learner's progress."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

_COMMANDS = ("lab", "present", "doctor", "progress")
_EPILOG = """\
examples:
  tuningkit                      open the lessons in JupyterLab
  tuningkit lab --port 9000      the same, on another port
  tuningkit lab --ip 0.0.0.0     the same, reachable from outside a container
  tuningkit present 03_3_regularization
                                 a lesson as an app for the projector
  tuningkit present TuningLab    the same with a single lab
  tuningkit doctor               check the installation and say how to mend it
  tuningkit progress             print what you have done so far
  tuningkit progress --collect from-my-class --csv class.csv
                                 a class at a glance, from the progress files of many learners
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Command-line arguments without the program's name; the process's own if left out.

    Returns:
        Exit code: 0 if all went well, 1 if a check failed, 130 after an interrupt.

    Example:
        >>> main(["doctor"])  # doctest: +SKIP
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or (given[0].startswith("-") and given[0] not in {"-h", "--help", "--version"}):
        given.insert(0, "lab")  # `tuningkit --port 9000` means `tuningkit lab --port 9000`
    options = _parser().parse_args(given)
    try:
        return options.run(options)
    except KeyboardInterrupt:
        return 130
    except (OSError, RuntimeError, ImportError) as problem:
        print(f"tuningkit: {problem}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tuningkit",
        description="Learn to tune neural networks. Without a command it opens the lessons in JupyterLab.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_PrintVersion, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(metavar="{" + ",".join(_COMMANDS) + "}", required=True)

    lab = commands.add_parser(
        "lab",
        help="open the lessons in JupyterLab (what happens without a command)",
        description=(
            "Put the lessons into your own folder and open it in JupyterLab. Lessons that you have edited are "
            "never overwritten: a new version is put beside them."
        ),
    )
    _add_address(lab)
    lab.set_defaults(run=_lab)

    present = commands.add_parser(
        "present",
        help="show a lesson or a lab on the projector",
        description=(
            "Serve a lesson as an app: text, labs and questions, without the code. Everyone who opens the "
            "address gets a kernel of their own."
        ),
    )
    present.add_argument(
        "name",
        nargs="?",
        default="00_start_here",
        help="a lesson (03_3_regularization), a lab (TuningLab) or a notebook of your own (default: 00_start_here)",
    )
    present.add_argument("--dark", action="store_true", help="light letters on a dark page")
    present.add_argument("--code", action="store_true", help="show the code above what it does")
    _add_address(present)
    present.set_defaults(run=_present)

    doctor = commands.add_parser(
        "doctor",
        help="check the installation and say how to mend it",
        description="Check the installation, train one small network, and say how to mend what is wrong.",
    )
    doctor.set_defaults(run=_doctor)

    progress = commands.add_parser(
        "progress",
        help="print what you have done so far, or what a class has",
        description=(
            "Print your predictions, answers, challenges and runs; with --collect a table of a whole class."
        ),
    )
    progress.add_argument(
        "--collect",
        metavar="DIR",
        help=(
            "read many learners' files instead: each .json in DIR, and each progress.json in folders below it. "
            "A learner is called as the file, or as the folder of a progress.json"
        ),
    )
    progress.add_argument(
        "--csv", metavar="FILE", help="with --collect: write the table to this file as well"
    )
    progress.set_defaults(run=_progress, refuse=progress.error)
    return parser


def _add_address(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    parser.add_argument("--port", type=_port, default=8888, help="first port to try (default: 8888)")
    parser.add_argument("--ip", default="localhost", help="address to listen on (default: localhost)")


class _PrintVersion(argparse.Action):
    """As argparse's own "version", but the version is looked up only when asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object, **__: object) -> None:
        import tuningkit

        print(f"tuningkit {tuningkit.__version__}")
        parser.exit()


def _lab(options: argparse.Namespace) -> int:
    from tuningkit.server import lessons_folder, lessons_source, open_lab, refresh, should_open_browser

    folder = lessons_folder()
    for change in refresh(lessons_source(), folder):
        if change.kind == "beside":
            print(f"You have edited {change.original}; its new version is {change.name}.")
        elif change.kind == "updated":
            print(f"Updated {change.name}.")
    browser = not options.no_browser and should_open_browser()
    return open_lab(folder, port=options.port, ip=options.ip, browser=browser)


def _present(options: argparse.Namespace) -> int:
    from tuningkit.server import present, should_open_browser

    browser = not options.no_browser and should_open_browser()
    return present(
        options.name,
        port=options.port,
        ip=options.ip,
        browser=browser,
        dark=options.dark,
        code=options.code,
    )


def _doctor(_: argparse.Namespace) -> int:
    from tuningkit.doctor import examine

    return examine()


def _progress(options: argparse.Namespace) -> int:
    if options.collect is not None:
        return _class_overview(options.collect, options.csv)
    if options.csv is not None:
        options.refuse(
            "--csv writes the table of a class: add --collect DIR, the folder of the learners' files"
        )
    from tuningkit.teaching import Progress

    print(Progress().summary())
    return 0


def _class_overview(folder: str, csv_file: str | None) -> int:
    import shutil

    from tuningkit.teaching.class_overview import collect
    from tuningkit.teaching.class_table import as_text, problems_as_text, to_csv

    overview = collect(folder)
    print(as_text(overview, shutil.get_terminal_size((100, 24)).columns))
    if overview.problems:
        print(problems_as_text(overview), file=sys.stderr)
    if csv_file is not None:
        to_csv(overview, csv_file)
    # A damaged file among good ones is reported; a folder without a single good one is a mistake.
    return 0 if overview.learners else 1


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"a port is a whole number from 1 to 65535, not {text!r}")
    return int(text)
