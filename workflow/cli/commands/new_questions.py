"""What `new` asks at a terminal: each fact in words, with what was read or a sensible answer."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from pathlib import Path

from msgspec import Struct

from notifications.typed import plain, spellings, typed_fact, word
from states.dates.term_dates import ENDS
from states.model.agreement import Agreement, ContributionKind, Renewal
from states.model.fact_types import A_REFERENCE, StartRule, parse_reference
from states.model.fact_words import fact_words
from states.model.phrase import Phrase, Refusal, say
from states.rules.amendment import fact_type_of
from workflow.agreements.search import titles
from workflow.cli.command import Command
from workflow.cli.dialogue import answer, confirmed
from workflow.engine.contacts import contact_problems
from workflow.engine.event_words import value_in_words
from workflow.intake.proposals.patterns import key_of
from workflow.intake.values import readable
from workflow.people.office_queries import office_lines
from workflow.system.files import refuse_what_is_there
from workflow.system.settings import Municipality
from workflow.system.suggest import suggest_called

Entered = dict[str, str]
NOTHING = (say("no"), say("none"), say("nothing"), say("n/a"))
LONGEST_SHOWN = 40
PARTY = "party."


class FactQuestion(Struct, frozen=True):
    """What is asked for a fact, when, and what is suggested; what is optional may be left open."""

    path: str
    sentence: Phrase
    suggested: str = ""
    optional: bool = False
    asked: Callable[[Entered], bool] = lambda _facts: True


def _is_tacit(facts: Entered) -> bool:
    return facts.get("term.renewal") == Renewal.TACIT


def _ends(facts: Entered) -> bool:
    return "term.open_ended" not in facts


def _is_paid(facts: Entered) -> bool:
    return "contribution.amount" in facts


QUESTIONS = (
    FactQuestion("title", say("The title")),
    FactQuestion("short_title", say("A short title, for mails"), optional=True),
    FactQuestion("purpose", say("What it is for"), optional=True),
)
CASE_OWNER = (
    FactQuestion("case_owner.name", say("Who keeps the file: a name"), optional=True),
    FactQuestion(
        "case_owner.email",
        say("The e-mail address of the case owner"),
        asked=lambda facts: "case_owner.name" in facts,
    ),
)
TERM = (
    FactQuestion(
        "term.start",
        say("When it starts: a date, or the last signature"),
        suggested=StartRule.LAST_SIGNATURE,
    ),
    FactQuestion(
        "term.renewal",
        say("How it goes on after its end: decision, or tacit when nobody gives notice"),
        suggested=Renewal.DECISION,
        asked=_ends,
    ),
    FactQuestion("term.renewal_length", say("By how long it is renewed"), "P1Y", asked=_is_tacit),
    FactQuestion("term.notice", say("The notice period"), "P3M", asked=_is_tacit),
    FactQuestion(
        "term.notice", say("The notice period"), optional=True, asked=lambda facts: not _ends(facts)
    ),
    FactQuestion(
        "evaluation.final.before_end",
        say("How long before the end it is evaluated"),
        suggested="P3M",
        optional=True,
        asked=_ends,
    ),
    FactQuestion(
        "evaluation.final.clause",
        say("The clause on the evaluation"),
        optional=True,
        asked=lambda facts: "evaluation.final.before_end" in facts,
    ),
)
MONEY = (
    FactQuestion("contribution.amount", say("What we pay"), optional=True),
    FactQuestion(
        "contribution.kind", say("As what"), ContributionKind.CONTRIBUTION, asked=_is_paid
    ),
    FactQuestion(
        "contribution.every", say("How often: a period, or once"), optional=True, asked=_is_paid
    ),
    FactQuestion(
        "contribution.budget_line", say("From which budget"), optional=True, asked=_is_paid
    ),
)
ASKED = {question.path for question in (*QUESTIONS, *CASE_OWNER, *TERM, *MONEY)} | {*ENDS}
OPEN_ENDED = say("open-ended")
NO_OFFICE = say(
    "No office is registered yet, so there is nobody to mail. Register the offices first; a file"
    " to fill in: looptijd import --template csv-offices"
)


def asked_of(facts: Entered) -> set[str]:
    """Return what is asked of an agreement of this term: of a fixed one no notice period."""
    is_fixed = _ends(facts) and not _is_tacit(facts)
    return ASKED - {"term.notice"} if is_fixed else ASKED


def file_of(ref: str) -> Path:
    """Return the import file of an agreement, where no other is named."""
    return Path(f"{ref}.toml")


def ask(command: Command, read: Mapping[str, str], output: Path | None) -> Entered:
    """Return the facts of an agreement: as they were read, where the answers leave them so.

    What stands in the way of writing them to `output`, or of mailing about them, is told first.
    """
    offices = {str(line.office.key): line.office.name for line in office_lines(command.app)}
    if not offices:
        raise Refusal(NO_OFFICE)
    facts = {"ref": _reference(command, output)}
    facts = _answers(command, QUESTIONS, facts, read)
    facts |= _parties(command, read)
    facts["office"] = _office(command, offices, say("Which office gets the mail"))
    facts = _answers(command, CASE_OWNER, facts, read)
    facts |= _end(command, read)
    facts = _answers(command, (*TERM, *MONEY), facts, read)
    if _is_paid(facts):
        pays = say("Which other office gets the mail about payments")
        if office := _office(command, offices, pays, optional=True):
            facts["contribution.office"] = office
    facts |= _obligations(command, facts)
    return facts | _the_rest(command, facts, read)


def _reference(command: Command, output: Path | None) -> str:
    """Ask for a reference that is free, and whose file is; the next one of this year is offered."""
    taken = titles(command.app)
    begin = f"SO-{command.today.year}-"
    numbers = [ref.removeprefix(begin) for ref in taken if ref.startswith(begin)]
    last = max((int(number) for number in numbers if number.isdecimal()), default=0)
    following = (f"{begin}{number:04}" for number in count(last + 1))
    suggested = next(ref for ref in following if output or not os.path.lexists(file_of(ref)))

    def read(text: str) -> str:
        if text in titles(command.app):
            raise Refusal(say("{ref} is registered already.", ref=text))
        try:
            ref = parse_reference(text)
        except ValueError as error:
            raise Refusal(A_REFERENCE) from error
        if not output:
            refuse_what_is_there(file_of(ref))
        return ref

    return answer(command, say("The reference"), read, suggested)


def _answers(
    command: Command, questions: Iterable[FactQuestion], facts: Entered, read: Mapping[str, str]
) -> Entered:
    """Return the facts with what was answered to those questions that the facts leave to ask."""
    given = dict(facts)
    for question in questions:
        if question.asked(given):
            given |= _ask(command, question, read.get(question.path, question.suggested))
    return given


def _ask(command: Command, question: FactQuestion, suggested: str) -> Entered:
    """Return the fact as it is stored, or nothing where it is left open."""

    def read(text: str) -> Entered:
        if question.optional and _says_nothing(text):
            return {}
        if problems := [*contact_problems("case_owner", {question.path: text})]:
            raise Refusal(*(problem.remedy for problem in problems))
        if (kind := fact_type_of(question.path)) and plain(text) and _says_nothing(text):
            raise Refusal(kind.accepted)
        return _stored(command, text, question.path)

    return answer(command, question.sentence, read, suggested, _shown(question, suggested))


def _says_nothing(text: str) -> bool:
    """Tell whether an answer leaves it open: Enter, a dash, no, none; nobody is called so."""
    said = plain(text)
    return not said or any(said in spellings(words) for words in NOTHING)


def _stored(command: Command, text: str, *paths: str) -> Entered:
    """Return the first of these facts that a text can be; Refusal says what each accepts."""
    wrong: list[Phrase] = []
    for path in paths:
        kind = fact_type_of(path)
        assert kind
        try:
            stored = typed_fact(text, kind, command.today)
            kind.parse(stored)
        except Refusal as refusal:
            wrong += refusal.sentences
        except (ValueError, ArithmeticError):
            wrong.append(kind.accepted)
        else:
            return {path: stored}
    raise Refusal(*wrong)


def _shown(question: FactQuestion, suggested: str) -> object:
    """Return what Enter means, in words."""
    if not suggested:
        return say("leave it open") if question.optional else None
    value = value_in_words(question.path, suggested)
    if isinstance(value, str) and len(value) > LONGEST_SHOWN:
        value = f"{value[:LONGEST_SHOWN].rstrip()}…"
    return say("{value}; - leaves it open", value=value) if question.optional else value


def in_words(facts: Mapping[str, str]) -> Iterator[tuple[str, Phrase]]:
    """Yield each path with what the fact is called and its value."""
    agreement = _with(facts)
    for path, stored in facts.items():
        value = value_in_words(path, stored, agreement)
        yield path, say("{field}: {value}", field=_called(path, agreement), value=value)


def called(path: str, facts: Mapping[str, str]) -> Phrase | str:
    """Return what a fact is called, of an agreement with these facts."""
    return _called(path, _with(facts))


def _called(path: str, agreement: Agreement | None) -> Phrase | str:
    return fact_words(path, agreement) if agreement else path


def _with(facts: Mapping[str, str]) -> Agreement | None:
    return readable(Agreement, {"ref": "x", "office": "x", **facts}).value


# Parties -----------------------------------------------------------------------------------------


def _parties(command: Command, read: Mapping[str, str]) -> Entered:
    ours = command.app.settings.municipality.name
    names = [text for path, text in read.items() if path.startswith(PARTY)]
    if names:
        command.bullets([say("{name}", name=name) for name in names], mark="·")
        if not confirmed(command.language, say("Are these the parties?"), default=True):
            names = []
    if not any(plain(name) == plain(ours) for name in names):
        named = FactQuestion("party.x.name", say("Our own party"))
        ours = _ask(command, named, own_party_of(names, ours))[named.path]
        names = [ours, *(name for name in names if plain(name) != plain(ours))]
    while more := _one_more(command, say("Another party (Enter: no more)"), "party.x.name"):
        names.append(more)
    return _facts_of_parties(names, ours)


def _one_more(command: Command, asked: Phrase, path: str) -> str:
    """Return the next of what may be named several times; nothing where there is no more."""

    def read(text: str) -> str:
        return "" if _says_nothing(text) else _stored(command, text, path)[path]

    return answer(command, asked, read)


def own_party_of(names: list[str], municipality: str) -> str:
    """Return whom Enter takes as our own party: whose register it is, where anybody said so."""
    is_told = municipality != Municipality().name
    return municipality if is_told or not names else names[0]


def _facts_of_parties(names: list[str], ours: str) -> Entered:
    facts: Entered = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        key = key_of(name, taken)
        facts[f"{PARTY}{key}.name"] = name
        facts |= {f"{PARTY}{key}.own": "true"} if plain(name) == plain(ours) else {}
    return facts


def _office(
    command: Command, offices: Mapping[str, str], asked: Phrase, *, optional: bool = False
) -> str:
    """Return the office of a key or name; nothing where none is meant."""
    shown = [say("{key}: {name}", key=key, name=name) for key, name in offices.items()]
    command.bullets(() if optional else shown, mark="·")
    only = next(iter(offices)) if len(offices) == 1 and not optional else ""

    def read(text: str) -> str:
        if optional and _says_nothing(text):
            return ""
        if key := word(text, offices, lambda key: (offices[key],)):
            return key
        names = suggest_called(text, offices)
        if not text:
            raise Refusal(say("Name an office. {remedy}", remedy=names))
        raise Refusal(say("There is no office “{key}”. {remedy}", key=text, remedy=names))

    return answer(command, asked, read, only, say("leave it open") if optional else None)


# The end, obligations, and what was read besides -------------------------------------------------


def _end(command: Command, proposed: Mapping[str, str]) -> Entered:
    """Return the end: a length, a last day, the day before which it ends, or that there is none."""
    path = next((path for path in ENDS if path in proposed), "")
    offered = {path: proposed[path]} if path else {}
    asked = say("How long it runs: a period, its last day, or open-ended")

    def read(text: str) -> Entered:
        if text and text in offered.values():
            return offered
        if plain(text) in spellings(OPEN_ENDED):
            return {"term.open_ended": "true"}
        return _stored(command, text, "term.length", "term.last_day")

    return answer(command, asked, read, proposed.get(path, ""), _end_in_words(offered))


def _end_in_words(offered: Entered) -> object:
    if "term.open_ended" in offered:
        return OPEN_ENDED
    if "term.ends_before" in offered:
        return next(told for _, told in in_words(offered))
    return next((value_in_words(path, text) for path, text in offered.items()), None)


def _obligations(command: Command, facts: Entered) -> Entered:
    """Ask for what else is owed, one after another."""
    found: Entered = {}
    taken: set[str] = set()
    names = {path: text for path, text in facts.items() if path.startswith(PARTY)}
    parties = {p.split(".")[1]: text for p, text in names.items() if p.endswith(".name")}
    own = next(p.split(".")[1] for p in facts if p.endswith(".own"))
    asked = say("What else a party has to do, such as a yearly report (Enter: nothing more)")
    while what := _one_more(command, asked, "obligation.x.what"):
        group = f"obligation.{key_of(what, taken)}."
        found[f"{group}what"] = what
        by = _party(command, parties, own)
        found |= {} if by == own else {f"{group}by": by}
        found |= _first_time(command, group)
        often = say("How often: a period, or once")
        found |= _ask(command, FactQuestion(f"{group}every", often, optional=True), "")
    return found


def _party(command: Command, parties: Mapping[str, str], own: str) -> str:
    known = {plain(name): key for key, name in parties.items()} | {key: key for key in parties}

    def read(text: str) -> str:
        if key := known.get(text) or known.get(plain(text)):
            return key
        names = suggest_called(text, parties.values())
        raise Refusal(say("There is no party “{name}”. {remedy}", name=text, remedy=names))

    return answer(command, say("By which party"), read, own, parties[own])


def _first_time(command: Command, group: str) -> Entered:
    def read(text: str) -> Entered:
        if _says_nothing(text):
            return {}
        return _stored(command, text, f"{group}on", f"{group}after_start")

    asked = say("When first: a date, or a period after the start")
    return answer(command, asked, read, shown=say("leave it open"))


def _the_rest(command: Command, facts: Entered, read: Mapping[str, str]) -> Entered:
    """Offer what was read and not asked: the decision, its points, documents, a notice period."""
    settled = asked_of(facts) | facts.keys()
    left_out = (PARTY,) if _is_paid(facts) else (PARTY, "contribution.")
    rest = {
        path: text
        for path, text in read.items()
        if path not in settled and not path.startswith(left_out)
    }
    if not rest:
        return {}
    command.bullets((told for path, told in in_words(facts | rest) if path in rest), mark="·")
    wanted = confirmed(command.language, say("Take this over as well?"), default=True)
    return rest if wanted else {}
