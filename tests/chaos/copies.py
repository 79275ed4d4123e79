"""Kills while mail leaves over four connections, and the second copies that they make."""

import asyncio
import random
import signal
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

from tests.chaos.crowds import ALERT, Crowd, a_crowd
from tests.chaos.judge import UNKNOWN, Judge, until
from tests.chaos.killing import kill
from tests.chaos.victims import born, ended, send

A_LIFE = 25  # mails for each kill: more than leave before it
LONGEST = 0.1  # seconds that mail has left when the kill falls
AN_HOUR = timedelta(hours=1)  # longer than a lease


def killed_while_mail_leaves(url: str, folder: Path, kills: int, delay: float) -> Counter[str]:
    """Kill who mails to a relay that takes `delay` seconds for each; return what came of it."""

    async def slow() -> str:
        await asyncio.sleep(delay)
        return ""

    chance = random.Random(kills)  # noqa: S311 - a test's chance is repeatable
    with a_crowd(url, folder, 0, kills * A_LIFE, script={"BODY": slow}) as crowd:
        crowd.move(ALERT)
        crowd.town.tick()
        judge, died = Judge(crowd.town, crowd.relay), 0
        while crowd.mails_left():
            longest = chance.uniform(0, LONGEST) if died < kills else None
            died += _send(crowd, longest) == -signal.SIGKILL
            judge.after_a_kill()
            crowd.clock.move(crowd.clock.now() + AN_HOUR)
        figures = judge.figures + Counter(kills=died)
        assert figures["mails"] + figures[UNKNOWN] == kills * A_LIFE, "mail is lost"
        shown = crowd.town.scalar("SELECT count(*) FROM message WHERE status = 'unknown'")
        assert figures[UNKNOWN] <= shown, "mail is lost, and nobody sees it"
        return figures


def _send(crowd: Crowd, longest: float | None) -> int:
    """Let a process send, and kill it so long after its first mail; return how it ended."""
    seen = len(crowd.relay.mails)
    victim = born(send, crowd.home)
    if longest is not None:
        until(lambda: len(crowd.relay.mails) > seen or not victim.is_alive())
        time.sleep(longest)
        kill(victim)
    return ended(victim)
