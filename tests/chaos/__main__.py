"""make chaos: what the suite tries a few times, a thousand times, with a table of figures."""

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from multiprocessing import Pool
from pathlib import Path
from typing import Any

from tests.chaos.all_histories import the_history
from tests.chaos.attacked_year import attacked_year
from tests.chaos.copies import killed_while_mail_leaves
from tests.chaos.crowds import ALERT, a_crowd, judge
from tests.chaos.every_point import a_graph, fail, stop
from tests.chaos.every_point import kill as kill_at
from tests.chaos.interleavings import breadth_first
from tests.chaos.killing import AT_RANDOM, a_series
from tests.chaos.meter import RELAY, STATEMENT
from tests.chaos.outages import (
    administrating,
    an_hour_away,
    cutting,
    failing_commits,
    restarting,
)
from tests.chaos.points import POINTS
from tests.chaos.postgresql_place import a_place_for
from tests.chaos.world import truth
from tests.databases import Server, a_server, fresh_database
from tests.town import a_town, visiting

BOTH = ("sqlite", "postgresql")
AT_A_TIME = 10  # histories that one process lives through in one place
AT_POINTS = 0.6  # the part of the kills that fall at a point; the others fall at random


def main() -> int:
    """Do everything; return 1 when anything is not as promised."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="on each database")
    parser.add_argument("--due", type=int, default=10_000, help="steps due at once")
    parser.add_argument("--points", type=float, default=1, help="the part of the points tried")
    parser.add_argument("--histories", type=int, default=300, help="how many are drawn")
    parser.add_argument("--first", type=int, default=1, help="the number of the first history")
    parser.add_argument("--history", type=int, help="tell only this one, line by line")
    chosen = parser.parse_args()
    if chosen.history is not None:
        return tell(chosen.history)
    some = chosen.due // 100
    say("what", "runs", "measured")
    with a_server() as server:
        kept = [
            kept_by(every_point, server, chosen.points),
            kept_by(attacked, server, round(5 * chosen.points)),
            kept_by(every_order),
            kept_by(drawn, chosen.first, chosen.histories),
            *(kept_by(kill, server, name, chosen.kills) for name in BOTH),
            *(
                kept_by(kill_mailing, server, name, chosen.kills // 10, delay)
                for name in BOTH
                for delay in (0.0, 0.02)
            ),
            *(kept_by(fired, server, "postgresql", daemons, chosen.due) for daemons in (1, 2, 4)),
            kept_by(mailed, server, "postgresql", 4, chosen.due // 10),
            kept_by(mailed, server, "sqlite", 2, chosen.due // 10),
            *(kept_by(commits_fail, server, name, some) for name in BOTH),
            *(kept_by(work, server, some) for work in (connections_cut, restarts, away)),
        ]
    return 0 if all(kept) else 1


def kept_by(work: Callable[..., None], *arguments: object) -> bool:
    """Tell whether the promises were kept; if not, say what was broken."""
    try:
        work(*arguments)
    except AssertionError as broken:
        say(f"{work.__name__} {arguments[1:]}", "BROKEN", str(broken))
        traceback.print_exc()
        return False
    return True


# Orders ------------------------------------------------------------------------------------------


def every_order() -> None:
    """Go through every order of events of one mail and two workers."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="looptijd-chaos-") as name:
        folder = Path(name)
        with visiting(a_town(f"sqlite:///{folder / 'looptijd.db'}", folder)) as town:
            search = breadth_first(town, depth=100)
    assert search.is_complete, "there is no end to it"
    shown = f"{len(search.came_from):,} states, all there are, {search.depth} events deep"
    say("every order of events, one mail", 1, f"{shown}, {since(began)}")


# Histories ---------------------------------------------------------------------------------------


def drawn(first: int, histories: int) -> None:
    """Live through histories drawn by chance, on every processor; name at once what breaks."""
    began, figures, broken = time.monotonic(), Counter[str](), list[str]()
    numbers = range(first, first + histories)
    some = [numbers[n : n + AT_A_TIME] for n in range(0, histories, AT_A_TIME)]
    with Pool() as pool:
        for counted, told in pool.imap_unordered(lived, some):
            figures += counted
            broken += told
            for one in told:
                say("a history", "BROKEN", one)
    assert not broken, broken
    shown = ", ".join(f"{figures[name]:,} {name}" for name in ("deeds", "steps", "crashes"))
    mails = f"{figures['mails']:,} mails, {figures['copies']} copies, all in the gap"
    which = f"histories {first:,} to {first + histories - 1:,}"
    say(which, histories, f"{shown}, {mails}, {since(began)}")


def lived(numbers: Sequence[int]) -> tuple[Counter[str], list[str]]:
    """Return the figures of some histories, and what broke in which."""
    figures, broken = Counter[str](), list[str]()
    with in_memory() as folder, a_place_for(numbers[0], folder) as place:
        for seed in numbers:
            history = the_history(place, seed)
            try:
                history.run()
            except Exception as error:  # noqa: BLE001 - whatever it is, the others are lived too
                broken.append(f"{seed}: {error!r}")
            figures += history.figures
    return figures, broken


def tell(seed: int) -> int:
    """Tell a history line by line, and what is wrong in it."""
    with in_memory() as folder, a_place_for(seed, folder) as place:
        history = the_history(place, seed)
        try:
            history.run()
        except AssertionError as error:
            history.tell(f"BROKEN: {error}")
            return 1
        finally:
            sys.stdout.write("".join(f"{line}\n" for line in history.story))
    return 0


# Kills -------------------------------------------------------------------------------------------


def kill(server: Server, database: str, kills: int) -> None:
    """Kill as often as asked, in as many series as that takes."""
    began = time.monotonic()
    each = round(kills * AT_POINTS / len(POINTS))
    wanted = Counter(dict.fromkeys(POINTS, each)) + Counter({AT_RANDOM: kills})
    wanted[AT_RANDOM] -= each * len(POINTS)
    died: Counter[str] = Counter()
    figures: Counter[str] = Counter()
    with a_place(server, "sqlite") as (_, folder):
        expected = truth(folder)
    for seed in count(1):
        with a_place(server, database) as (url, folder), a_series(url, folder, seed) as series:
            series.run(expected, wanted)
            died += series.kills
            figures += series.judge.figures
        if not +wanted:
            break
    shown = ", ".join(f"{number} {what}" for what, number in figures.items())
    say(f"killed, {database}", seed, f"{died.total()} kills, {shown}, {since(began)}")
    for point in (*POINTS, AT_RANDOM):
        say(f"    {point}", died[point], "")


def kill_mailing(server: Server, database: str, kills: int, delay: float) -> None:
    """Kill while mail leaves to a relay that takes its time for each."""
    with a_place(server, database) as (url, folder):
        figures = killed_while_mail_leaves(url, folder, kills, delay)
    died, copies = figures["kills"], figures["copies"]
    shown = f"{figures['mails']} mails, {copies} copies, {copies / max(died, 1):.1f} per kill"
    say(f"killed mailing, {delay * 1000:.0f} ms, {database}", died, shown)


# Every point -------------------------------------------------------------------------------------


def every_point(_server: Server, part: float) -> None:
    """Kill at each point of a year, and at each point of what follows; then let calls fail."""
    chance = random.Random(1)  # noqa: S311 - a test's chance is repeatable

    def some(things: Sequence[Any]) -> list[Any]:
        return [*things] if part == 1 else chance.sample(things, round(len(things) * part))

    with in_memory() as folder, a_graph(folder) as graph:
        points, left = graph.points(), graph.left_by(graph.path())
        began = time.monotonic()
        fresh = graph.attack(some(left), watched=True)
        tried = sum(graph.left_at(point) in graph.lived for point in points)
        shown = f"{tried} of {len(points)} points, which leave {len(left)} states, {since(began)}"
        say("killed at every point", tried, shown)
        began, after = time.monotonic(), graph.points_after()
        again = [key for key in graph.left_by(fresh) if key not in graph.lived]
        pairs = sum(after.get(graph.left_at(point), 0) for point in points)
        graph.attack(some(again), watched=False)
        shown = f"{len(again)} further states, {graph.judged} judged, {graph.copies} copies, all in"
        shown += f" the gap, {graph.unknown} ends with a mail shown as unknown, {since(began)}"
        say("    and killed again", round(pairs * part), shown)
        began = time.monotonic()
        died = some(graph.one_of_each() + chance.sample(points, 1000))
        differ = [p for p in died if kill_at(graph, *p[:2]) != graph.left_at(p)]
        assert not differ, f"SIGKILL leaves something else at {differ}"
        say("    by SIGKILL", len(died), f"each left what was said, {since(began)}")
        began, told = time.monotonic(), some(chance.sample(points, 1000))
        for key, number, _ in told:
            stop(graph, key, number)
        say("    told to stop", len(told), f"nothing left under way, {since(began)}")
        began = time.monotonic()
        ours = [point for point in points if not point[2].startswith(RELAY)]
        asked = [p for p in ours if p[2] == STATEMENT]
        tried_to_fail = some(
            [p for p in ours if p[2] != STATEMENT] + chance.sample(asked, len(asked) // 10)
        )
        for which, (key, number, _) in enumerate(tried_to_fail):
            fail(graph, key, number, which)
        say("calls that fail", len(tried_to_fail), f"copies 0, lost 0, {since(began)}")


def attacked(server: Server, years: int) -> None:
    """Let years on PostgreSQL be killed twice a moment."""
    began, figures = time.monotonic(), Counter[str]()
    told = []
    for seed in (None, *range(1, years + 1)):
        with a_place(server, "postgresql") as (url, folder):
            ended, tried = attacked_year(url, folder, seed)
        told.append(ended)
        figures += tried
    assert all(one == told[0] for one in told), "an attacked year came to something else"
    shown = f"{figures['copies']} copies, all in the gap, {since(began)}"
    say("killed twice a moment, postgresql", figures["kills"], shown)


# Several daemons ---------------------------------------------------------------------------------


def fired(server: Server, database: str, daemons: int, due: int) -> None:
    """Let daemons fire what falls due at once; the mail is not waited for."""
    with a_place(server, database) as (url, folder), a_crowd(url, folder, daemons, due) as crowd:
        seconds = crowd.due_now()
        crowd.stop()
        assert not crowd.errors(), crowd.errors()
        judge(crowd, due, mailed=False)
    shown = f"{due} fired in {seconds:.1f} s, {due / seconds:.0f}/s, none twice, none missing"
    say(f"{daemons} daemons fire, {database}", 1, shown)


def mailed(server: Server, database: str, daemons: int, due: int) -> None:
    """Let daemons fire and mail what falls due at once."""
    with a_place(server, database) as (url, folder), a_crowd(url, folder, daemons, due) as crowd:
        began = time.monotonic()
        crowd.due_now()
        crowd.all_mailed()
        shown = f"{due} fired and mailed in {since(began)}, none twice, none missing"
        crowd.stop()
        assert not crowd.errors(), crowd.errors()
        judge(crowd, due)
    say(f"{daemons} daemons mail, {database}", 1, shown)


# A database that breaks --------------------------------------------------------------------------


def commits_fail(server: Server, database: str, due: int) -> None:
    """Let a tenth of the commits fail."""
    faults = failing_commits(0.1)
    with (
        a_place(server, database) as (url, folder),
        a_crowd(url, folder, 1, due, faults) as crowd,
    ):
        crowd.move(ALERT)
        crowd.survives(due)
        failed = len(crowd.errors())
    say(f"commits fail, {database}", 1, f"{due} due, {failed} complaints, copies 0, lost 0")


def connections_cut(server: Server, due: int) -> None:
    """Cut the connections ten times a second."""
    with a_place(server, "postgresql") as (url, folder), a_crowd(url, folder, 2, due) as crowd:
        crowd.move(ALERT)
        cut = cutting(crowd, times=100, every=0.1)
        crowd.survives(due)
    say("connections cut", 1, f"{due} due, {cut} cut, copies 0, lost 0")


def restarts(server: Server, due: int) -> None:
    """Restart the server every two seconds, by the book and by crashes."""
    with a_place(server, "postgresql") as (url, folder), a_crowd(url, folder, 2, due) as crowd:
        crowd.move(ALERT)
        restarting(server, times=20, every=2)
        crowd.survives(due)
    say("PostgreSQL restarted", 1, f"{due} due, 20 restarts, copies 0, lost 0")


def away(server: Server, due: int) -> None:
    """Take the database away for an hour."""
    with a_place(server, "postgresql") as (url, folder), a_crowd(url, folder, 1, due) as crowd:
        an_hour_away(crowd, server)
        crowd.survives(due)
        complaints = len(crowd.errors())
    say("PostgreSQL away for an hour", 1, f"{due} due, {complaints} complaints, copies 0, lost 0")


# Places ------------------------------------------------------------------------------------------


@contextmanager
def a_place(server: Server, database: str) -> Iterator[tuple[str, Path]]:
    """Give the URL of an empty database and a folder that are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="looptijd-chaos-") as name:
        folder = Path(name)
        if database == "sqlite":
            yield f"sqlite:///{folder / 'looptijd.db'}", folder
            return
        with administrating(server) as admin, fresh_database(admin) as url:
            yield url, folder


@contextmanager
def in_memory() -> Iterator[Path]:
    """Give a folder in memory, where there is one: who is killed takes no disk along."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    place = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="looptijd-chaos-", dir=place) as name:
        yield Path(name)


def since(began: float) -> str:
    """Return how many seconds have passed."""
    return f"{time.monotonic() - began:.0f} s"


def say(what: str, runs: object, shown: str) -> None:
    """Print a line of the table at once."""
    sys.stdout.write(f"{what:36}{runs:>6}  {shown}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
