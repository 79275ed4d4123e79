"""What `new` asks at a terminal: each fact in words, with what was read or a sensible answer."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from notifications.typed import plain, spellings, typed_fact, word
from states.model.agreement import Agreement, ContributionKind, Renewal
from states.model.fact_types import StartRule
from states.model.fact_words import fact_words
from states.model.phrase import Phrase, Refusal, say
from states.rules.amendment import fact_type_of
from workflow.agreements.search import titles
from workflow.cli.command import Command
from workflow.cli.commands.do_questions import answer, prompted
from workflow.cli.screen import confirmed
from workflow.engine.contacts import contact_problems
from workflow.engine.event_words import value_in_words
from workflow.intake.proposals.patterns import key_of
from workflow.intake.values import readable
from workflow.people.office_queries import office_lines

Facts = dict[str, str]
LEFT_OPEN = "-"
LONGEST_SHOWN = 40
PARTY, OBLIGATION, FINAL = "party.", "obligation.", "evaluation.final."
ENDS = ("term.length", "term.last_day", "term.open_ended")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for a fact, when, and what is suggested; what is optional may be left open."""

    path: str
    sentence: Phrase
    suggested: str = ""
    optional: bool = False
    asked: Callable[[Facts], bool] = lambda _facts: True


def _is_tacit(facts: Facts) -> bool:
    return facts.get("term.renewal") == Renewal.TACIT


def _ends(facts: Facts) -> bool:
    return "term.open_ended" not in facts


def _is_paid(facts: Facts) -> bool:
    return "contribution.amount" in facts


TITLE = Question("title", say("The title"))
QUESTIONS = (
    Question("short_title", say("A short title, for mails"), optional=True),
    Question("purpose", say("What it is for"), optional=True),
)
CASE_OWNER = (
    Question("case_owner.name", say("Who keeps the file: a name"), optional=True),
    Question(
        "case_owner.email",
        say("The e-mail address of the case owner"),
        asked=lambda facts: "case_owner.name" in facts,
    ),
)
TERM = (
    Question(
        "term.start",
        say("When it starts: a date, or the last signature"),
        suggested=StartRule.LAST_SIGNATURE,
    ),
    Question(
        "term.renewal",
        say("What happens at the end when nobody says anything: decision or tacit"),
        suggested=Renewal.DECISION,
        asked=_ends,
    ),
    Question("term.renewal_length", say("By how long it is renewed"), "P1Y", asked=_is_tacit),
    Question("term.notice", say("The notice period"), "P3M", asked=_is_tacit),
    Question(
        "term.notice", say("The notice period"), optional=True, asked=lambda facts: not _ends(facts)
    ),
    Question(
        "evaluation.final.before_end",
        say("How long before the end it is evaluated"),
        suggested="P3M",
        optional=True,
        asked=_ends,
    ),
    Question(
        "evaluation.final.clause",
        say("The clause on the evaluation"),
        optional=True,
        asked=lambda facts: f"{FINAL}before_end" in facts,
    ),
)
MONEY = (
    Question("contribution.amount", say("What we pay"), optional=True),
    Question("contribution.kind", say("As what"), ContributionKind.CONTRIBUTION, asked=_is_paid),
    Question(
        "contribution.every", say("How often: a period, or once"), optional=True, asked=_is_paid
    ),
    Question("contribution.budget_line", say("From which budget"), optional=True, asked=_is_paid),
)
OWED = (
    Question("by", say("By which party")),
    Question("on", say("When first: a date, or a period after the start"), optional=True),
    Question("every", say("How often: a period, or once"), optional=True),
)
CONTACT: Mapping[str, Callable[[str], tuple[str | None, str | None]]] = {
    "case_owner.name": lambda text: (text, None),
    "case_owner.email": lambda text: (None, text),
}
OPEN_ENDED = say("open-ended")
NO_END = say("Write a period, a last day, or that it is open-ended.")


def ask(command: Command, read: Mapping[str, str]) -> Facts:
    """Return the facts of an agreement: as they were read, where the answers leave them so."""
    facts = {"ref": _ask(command, Question("ref", say("The reference")), _next_reference(command))}
    facts |= _answers(command, (TITLE, *QUESTIONS), facts, read)
    facts |= _parties(command, read)
    facts["office"] = _office(command, say("Which office gets the mail"))
    facts |= _answers(command, CASE_OWNER, facts, read)
    facts |= _end(command, read)
    facts |= _answers(command, TERM, facts, read)
    facts |= _answers(command, MONEY, facts, read)
    if _is_paid(facts):
        pays = say("Which other office gets the mail about payments")
        facts |= _given("contribution.office", _office(command, pays, optional=True))
    facts |= _obligations(command, facts)
    return facts | _the_rest(command, facts, read)


def _answers(
    command: Command, questions: Iterable[Question], facts: Facts, read: Mapping[str, str]
) -> Facts:
    given = dict(facts)
    for question in questions:
        if question.asked(given):
            suggested = read.get(question.path, question.suggested)
            given |= _given(question.path, _ask(command, question, suggested))
    return given


def _given(path: str, text: str) -> Facts:
    return {path: text} if text else {}


def _ask(command: Command, question: Question, suggested: str) -> str:
    """Return the answer as it is stored, or nothing where it is left open."""
    kind = fact_type_of(question.path)
    assert kind

    def wrong(text: str) -> Iterable[Phrase]:
        if question.optional and text in {"", LEFT_OPEN}:
            return ()
        if question.path == "ref" and text in titles(command.app):
            return (say("{ref} is registered already.", ref=text),)
        if question.path in CONTACT:
            found = contact_problems("case_owner", *CONTACT[question.path](text))
            return [problem.remedy for problem in found]
        try:
            kind.parse(typed_fact(text, kind, command.app.today()))
        except Refusal as refusal:
            return refusal.sentences
        except (ValueError, ArithmeticError):
            return (kind.accepted,)
        return ()

    text = answer(command, question.sentence, wrong, suggested, _shown(question, suggested))
    return "" if text == LEFT_OPEN else text and typed_fact(text, kind, command.app.today())


def _shown(question: Question, suggested: str) -> Phrase | None:
    """Return what Enter means, in words."""
    if not suggested:
        return say("leave it open") if question.optional else None
    value = value_in_words(question.path, suggested)
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        value = f"{value[:LONGEST_SHOWN].rstrip()}…"
    more = say("{value}; - leaves it open", value=value)
    return more if question.optional else say("{value}", value=value)


def in_words(facts: Mapping[str, str]) -> Iterator[tuple[str, Phrase]]:
    """Yield each path with what the fact is called and its value."""
    agreement = readable(Agreement, {"ref": "x", "office": "x", **facts}).value
    for path, stored in facts.items():
        name = fact_words(path, agreement) if agreement else path
        yield path, say("{field}: {value}", field=name, value=value_in_words(path, stored))


def _next_reference(command: Command) -> str:
    """Return the reference after the last one of this year."""
    year = command.app.today().year
    begin = f"SO-{year}-"
    taken = [ref.removeprefix(begin) for ref in titles(command.app) if ref.startswith(begin)]
    last = max((int(number) for number in taken if number.isdecimal()), default=0)
    return f"{begin}{last + 1:04}"


# Parties -----------------------------------------------------------------------------------------


def _parties(command: Command, read: Mapping[str, str]) -> Facts:
    ours = command.app.settings.municipality.name
    names = [text for path, text in read.items() if path.startswith(PARTY)]
    if names:
        command.bullets([say("{name}", name=name) for name in names], mark="·")
        if not confirmed(command.language, say("Are these the parties?"), default=True):
            names = []
    if not any(plain(name) == plain(ours) for name in names):
        named = Question("party.x.name", say("Our own party"))
        ours = _ask(command, named, names[0] if names else ours)
        names = [ours, *(name for name in names if plain(name) != plain(ours))]
    while more := prompted(command.say(say("Another party (Enter: no more)"))):
        names.append(more)
    return _facts_of_parties(names, ours)


def _facts_of_parties(names: list[str], ours: str) -> Facts:
    facts: Facts = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        key = key_of(name, taken)
        facts[f"{PARTY}{key}.name"] = name
        facts |= {f"{PARTY}{key}.own": "true"} if plain(name) == plain(ours) else {}
    return facts


def _office(command: Command, asked: Phrase, *, optional: bool = False) -> str:
    """Return the office of a key or name; nothing where none is meant."""
    offices = {line.office.key: line.office.name for line in office_lines(command.app)}
    shown = [say("{key}: {name}", key=key, name=name) for key, name in offices.items()]
    command.bullets(() if optional else shown, mark="·")
    only = next(iter(offices)) if len(offices) == 1 and not optional else ""

    def meant(text: str) -> str | None:
        return word(text, offices, lambda key: (offices[key],))

    def wrong(text: str) -> Iterable[Phrase]:
        if optional and text in {"", LEFT_OPEN}:
            return ()
        accepted = say("Accepted: {names}.", names=", ".join(offices))
        return () if meant(text) else (accepted,)

    enter = say("leave it open") if optional else say("{value}", value=only) if only else None
    return meant(answer(command, asked, wrong, only, enter)) or ""


# The end, obligations, and what was read besides -------------------------------------------------


def _end(command: Command, read: Mapping[str, str]) -> Facts:
    """Return the end: a length, a last day, or that there is none."""
    suggested = next((path for path in ENDS if path in read), "")
    asked = say("How long it runs: a period, the last day (t/m), or open-ended")
    question = Question(suggested or "term.length", asked)
    today = command.app.today()

    def told(text: str) -> Iterator[tuple[str, str]]:
        for path in ENDS[:2]:
            kind = fact_type_of(path)
            with suppress(ValueError, ArithmeticError):
                assert kind
                stored = typed_fact(text, kind, today)
                kind.parse(stored)
                yield path, stored
        if plain(text) in spellings(OPEN_ENDED) or (text == "true" and suggested == ENDS[2]):
            yield ENDS[2], "true"

    given = answer(
        command,
        asked,
        lambda text: () if any(told(text)) else (NO_END,),
        read.get(suggested, ""),
        OPEN_ENDED if suggested == ENDS[2] else _shown(question, read.get(suggested, "")),
    )
    return dict([next(told(given))])


def _obligations(command: Command, facts: Facts) -> Facts:
    """Ask for what else is owed, one after another."""
    found: Facts = {}
    taken: set[str] = set()
    parties = {p.split(".")[1]: text for p, text in facts.items() if p.endswith(".name")}
    own = next(p.split(".")[1] for p in facts if p.endswith(".own"))
    asked = say("What else a party has to do, such as a yearly report (Enter: nothing more)")
    while what := prompted(command.say(asked)):
        group = f"{OBLIGATION}{key_of(what, taken)}."
        found[f"{group}what"] = what
        by = _party(command, parties, own)
        found |= {} if by == own else {f"{group}by": by}
        found |= _first_time(command, group)
        every = Question(f"{group}every", OWED[2].sentence, optional=True)
        found |= _given(every.path, _ask(command, every, ""))
    return found


def _party(command: Command, parties: Mapping[str, str], own: str) -> str:
    known = {plain(name): key for key, name in parties.items()} | {key: key for key in parties}
    names = say("Accepted: {names}.", names=", ".join(parties.values()))

    def wrong(text: str) -> Iterable[Phrase]:
        return () if plain(text) in known or text in known else (names,)

    shown = say("{value}", value=parties[own])
    given = answer(command, OWED[0].sentence, wrong, own, shown)
    return known.get(given) or known[plain(given)]


def _first_time(command: Command, group: str) -> Facts:
    kinds = {name: fact_type_of(f"{group}{name}") for name in ("on", "after_start")}
    today = command.app.today()

    def told(text: str) -> Iterator[tuple[str, str]]:
        for name, kind in kinds.items():
            with suppress(ValueError, ArithmeticError):
                assert kind
                stored = typed_fact(text, kind, today)
                kind.parse(stored)
                yield f"{group}{name}", stored

    def wrong(text: str) -> Iterable[Phrase]:
        accepted = [kind.accepted for kind in kinds.values() if kind]
        return () if text in {"", LEFT_OPEN} or any(told(text)) else accepted

    given = answer(command, OWED[1].sentence, wrong, "", say("leave it open"))
    return dict([next(told(given))]) if given not in {"", LEFT_OPEN} else {}


def _the_rest(command: Command, facts: Facts, read: Mapping[str, str]) -> Facts:
    """Offer what was read and not asked: the decision, its points, documents."""
    asked = {question.path for question in (TITLE, *QUESTIONS, *CASE_OWNER, *TERM, *MONEY)} | {
        *ENDS
    }
    rest = {
        path: text
        for path, text in read.items()
        if path not in asked and not path.startswith(PARTY) and path not in facts
    }
    if not _is_paid(facts):
        rest = {p: text for p, text in rest.items() if not p.startswith("contribution.")}
    if not rest:
        return {}
    command.bullets((told for path, told in in_words(facts | rest) if path in rest), mark="·")
    wanted = confirmed(command.language, say("Take this over as well?"), default=True)
    return rest if wanted else {}
