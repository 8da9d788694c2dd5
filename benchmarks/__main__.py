"""Print the ratios, and end with 1 where a goal is missed."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from benchmarks import peers, shop
from benchmarks.measuring import Ratio, in_turn, table
from benchmarks.recording import packed, record
from benchmarks.shop import Shop


def main() -> int:
    """Measure and print; return the exit code."""
    words = argparse.ArgumentParser(prog="nox -s bench --", description=__doc__)
    words.add_argument("--rounds", type=int, default=5, help="pairs for each ratio (default 5)")
    words.add_argument("--no-peers", action="store_true", help="only the raw tools")
    options = words.parse_args()
    with tempfile.TemporaryDirectory(prefix="lockstep-bench-") as folder:
        _say("rendering the monorepo, without an advisory database for trivy, and making tools and environments ready")
        made = shop.make(Path(folder))
        ratios = [*_against_raw(made, options.rounds)]
        if not options.no_peers:
            ratios += peers.ratios(made, options.rounds, _say)
    sys.stdout.write(f"\n{os.cpu_count()} processors, medians of {options.rounds} pairs\n\n{table(ratios)}\n")
    return 0 if all(ratio.met for ratio in ratios) else 1


def _say(text: str) -> None:
    sys.stderr.write(f"==> {text}\n")


def _against_raw(made: Shop, rounds: int) -> list[Ratio]:
    return [_warm(made, rounds), _cold(made, rounds), _changed(made, rounds)]


def _warm(made: Shop, rounds: int) -> Ratio:
    _say("warm: nothing changed, against a nox session that does nothing")
    return in_turn("warm, nothing changed / empty nox session", made.gates, made.noop, rounds=rounds * 3, limit=2.0)


def _cold(made: Shop, rounds: int) -> Ratio:
    _say("cold: no result known, against the same commands packed on the same processors")
    made.forget()
    commands = record(made.root, made.aside / "cold")

    def ours() -> float:
        made.forget()
        return made.gates()

    def theirs() -> float:
        made.forget()
        return packed(commands, os.cpu_count() or 1)

    return in_turn("cold / the same commands, packed", ours, theirs, rounds=rounds, limit=1.2)


def _changed(made: Shop, rounds: int) -> Ratio:
    _say("one changed Python file, against the commands that it touches")
    made.gates()
    made.keep_state()
    made.change(0)
    commands = record(made.root, made.aside / "changed")
    numbers = iter(range(1, 1000))

    def ours() -> float:
        made.restore_state()
        made.change(next(numbers))
        return made.gates()

    def theirs() -> float:
        made.restore_state()
        made.change(next(numbers))
        return packed(commands, os.cpu_count() or 1)

    return in_turn(f"one changed Python file / its {len(commands)} commands", ours, theirs, rounds=rounds, limit=1.3)


if __name__ == "__main__":
    sys.exit(main())
