"""The days on which nobody holds an office, as its file tells it."""

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from states.phrase import Phrase, say
from states.term import DAY
from workflow.engine.offices import Office


def gaps(office: Office) -> Iterator[Phrase]:
    """Yield a sentence for each gap between holders, and for an end with nobody after it."""
    holders = sorted(office.holder.values(), key=lambda holder: holder.starts)
    if not holders:
        yield say("Nobody holds the office “{key}”.", key=office.key)
        return
    for earlier, later in pairwise(holders):
        if earlier.until and earlier.until + DAY < later.starts:
            yield _between(office, earlier.until + DAY, later.starts - DAY)
    if (last := holders[-1].until) is not None:
        yield say(
            "From {first} on nobody holds the office “{key}”.", first=last + DAY, key=office.key
        )


def _between(office: Office, first: date, last: date) -> Phrase:
    return say(
        "From {first} through {last} nobody holds the office “{key}”.",
        first=first,
        last=last,
        key=office.key,
    )
