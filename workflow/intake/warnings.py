"""What is suspect about an agreement as a file tells it; it is registered all the same."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date

from states.dates.term_dates import end_of, natural_end_of
from states.model.agreement import Agreement
from states.model.arithmetic import Dated
from states.model.phrase import Phrase, say
from workflow.intake.keys import is_group, is_past, pattern_of

KEYED = ("party", "evaluation", "obligation")


def suspicions(agreement: Agreement) -> Iterator[Phrase]:
    """Yield a sentence for everything that its author had better look at."""
    return (phrase for suspicion in SUSPICIONS for phrase in suspicion(agreement))


def lying_ahead(facts: Mapping[str, str], today: date) -> Iterator[Phrase]:
    """Yield a sentence for each thing that has happened on a day that is yet to come."""
    for path, text in facts.items():
        pattern = pattern_of(path)
        if pattern and is_past(pattern) and text > today.isoformat():
            yield say("{field} is {day}, a day that is yet to come.", field=path, day=text)


def _sources_of_nothing(agreement: Agreement) -> Iterator[Phrase]:
    for source in agreement.source.values():
        if not _names_something(agreement, source.field):
            yield say(
                "A source names “{field}”, which is no key of an agreement.", field=source.field
            )


def _names_something(agreement: Agreement, path: str) -> bool:
    if not is_group(path) and pattern_of(path) is None:
        return False
    group, _, rest = path.partition(".")
    return group not in KEYED or not rest or rest.split(".")[0] in getattr(agreement, group)


def _decisions_about_no_last_day(agreement: Agreement) -> Iterator[Phrase]:
    if not agreement.continuation:
        return
    ends = {end.day for end in _ends(agreement) if isinstance(end, Dated)}
    for day in agreement.continuation:
        if day not in ends:
            yield say(
                "A continuation is decided for {day}, which is no last day of its term.", day=day
            )


def _ends(agreement: Agreement) -> Iterator[object]:
    """Yield the last day as it was after each extension, and as it is now."""
    yield end_of(agreement)
    numbers = sorted(agreement.extension)
    for count in range(len(numbers) + 1):
        so_far = {number: agreement.extension[number] for number in numbers[:count]}
        yield natural_end_of(replace(agreement, extension=so_far))


SUSPICIONS: tuple[Callable[[Agreement], Iterator[Phrase]], ...] = (
    _sources_of_nothing,
    _decisions_about_no_last_day,
)
