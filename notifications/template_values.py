"""A letter as plain text values: all that the templates get to see, written out in one language."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec.structs import asdict

from notifications.language import Language
from notifications.letter import About, Contact, InstalmentLine, Letter, MailFrame, Topic
from states.model.fact_types import is_hidden
from states.model.fact_words import field_name, in_money
from states.model.period import Period
from states.model.phrase import FieldName, Phrase, say
from states.process import RULES

LONGEST_QUOTE = 1000
LONGEST_NAME_IN_SUBJECT = 80
SHORTEST_NAME = 10
SEEN_FIRST = 50  # as many signs as the list of a telephone shows
KIND_OF_AGREEMENT = re.compile(
    r"^\w*(overeenkomst|convenant|agreement) "
    r"(?-i:(over|inzake|betreffende|about|on|concerning) ((de|het|een|the|a) )?)?(?=\w)",
    re.IGNORECASE,
)
SAYS_ITS_KIND = re.compile(r"\w*(overeenkomst|convenant|agreement)\b", re.IGNORECASE)
HAVE_A_DATE_TO_MEET = {rule.value for rule, it in RULES.items() if it.has_date} | {"instalments"}


def view(letter: Letter, language: Language) -> dict[str, Any]:
    """Return the letter as strings, numbers, booleans and lists of those; nothing else."""
    today = letter.written_at.date()
    return {
        **framed(letter),
        "reply_to": one_line(letter.reply_to.name or letter.reply_to.email)
        if letter.reply_to
        else None,
        "reply_address": one_line(letter.reply_to.email) if letter.reply_to else None,
        "owner_answers": letter.contact is None or letter.reply_to != letter.contact.box,
        "meant_for": one_line(letter.meant_for) if letter.meant_for else None,
        "asks": any(topic.asks for topic in letter.topics),
        "asked": [*dict.fromkeys(filter(None, map(_asked, letter.topics)))],
        "dates": sum(not (event.cancelled or event.changed) for event in letter.dates),
        "changed": sum(event.changed and not event.cancelled for event in letter.dates),
        "lapsed": sum(event.cancelled for event in letter.dates),
        "typed": [
            f"looptijd do {one_line(letter.about.ref)} {recording_line(typed, language)}"
            for typed in dict.fromkeys(line for topic in letter.topics for line in topic.typed)
        ],
        **_about(letter.about, today, language),
        "topics": [_topic(topic, today, language) for topic in letter.topics],
    }


def framed(mail: MailFrame) -> dict[str, Any]:
    """Return what the templates of every mail get to see."""
    return {
        "language": mail.language,
        "municipality": one_line(mail.municipality),
        "role": mail.role.value,
        "office": one_line(mail.office),
        "contact": _contact_line(mail.contact),
    }


def _asked(topic: Topic) -> str | None:
    """Return the name of the office that a topic asks, or None."""
    office = topic.details.get("asked_office") or topic.details.get("own_office")
    return one_line(str(office)) if office and topic.asks else None


def _contact_line(contact: Contact | None) -> str | None:
    """Return who answers questions: name, telephone and address, or None."""
    if contact is None:
        return None
    parts = (contact.box.name, contact.phone, contact.box.email)
    return one_line(", ".join(filter(None, parts)))


def one_line(text: str, longest: int | None = None) -> str:
    """Return text without line ends, control, bidi or other unseen characters, cut if too long."""
    flat = text.replace("\n", " ")
    if not flat.isprintable():
        flat = "".join(" " if is_hidden(sign) else sign for sign in flat)
    line = " ".join(flat.split())
    if longest is None or len(line) <= longest:
        return line
    return f"{line[: longest - 1].rstrip()}…"


# The agreement -----------------------------------------------------------------------------------


def _about(about: About, today: date, language: Language) -> dict[str, Any]:
    return {
        **{name: _write(value, language) for name, value in asdict(about).items()},
        "says_its_kind": SAYS_ITS_KIND.match(about.called) is not None,
        "amount": language.say(in_money(about.amount, about.currency)) if about.amount else None,
        "every": str(about.every) if about.every else None,
        "every_in_words": language.period(about.every) if about.every else None,
        **dated("starts_on", about.starts_on, today, language),
        **dated("last_day", about.last_day, today, language),
    }


def headed(letter: Mapping[str, Any], what: str, further: str = "") -> str:
    """Return a subject: name, what is asked and its date within SEEN_FIRST signs; then the rest.

    It shows on locked screens, so of a non-public agreement it has the number only.
    """
    if not letter["public"]:
        return f"{letter['ref']}: {what}{further}"
    name = _shortened(letter["called"], max(SEEN_FIRST - len(f": {what}"), SHORTEST_NAME))
    return f"{name}: {what}{further} ({letter['ref']})"


def _shortened(name: str, longest: int) -> str:
    """Return a name without its kind, and then without its last words, where it is too long."""
    if len(name) > longest:
        name = KIND_OF_AGREEMENT.sub("", name)
    if len(name) <= longest:
        return name
    words = name[:longest].rpartition(" ")[0].rstrip(" ,-–")
    return f"{words or name[: longest - 1]}…"


# One topic ---------------------------------------------------------------------------------------


def _topic(topic: Topic, today: date, language: Language) -> dict[str, Any]:
    day = topic.nominal_on
    return {
        **_details(topic, today, language),
        "template": topic.template,
        "role": topic.role.value,
        "asks": topic.asks,
        "overdue": _is_overdue(topic, today),
        "before": day is not None and today < day,
        "caught_up": topic.caught_up,
        "late_by_days": topic.late_by_days,
        "escalates": topic.escalates,
        "last": topic.last,
        "told_before": topic.told_before,
        "for_both": topic.for_both,
        "meant_for": one_line(topic.meant_for) if topic.meant_for else None,
        "reminder": topic.reminder,
        "clause": _sentence(topic.clause) if topic.clause else None,
        "lines": [_line(line, language) for line in topic.lines],
        **dated("date", day, today, language),
        **dated("decided_on", topic.decided_on, today, language),
        **dated("replaces", topic.replaces, today, language),
    }


def _line(line: InstalmentLine, language: Language) -> dict[str, Any]:
    return {
        "number": line.number,
        "amount": one_line(language.say(line.amount)) if line.amount else None,
        "fiscal_year": line.fiscal_year,
        "phase": line.phase,
        "due_on": language.brief_day(line.due_on),
        "replaces": language.brief_day(line.replaces) if line.replaces else None,
    }


def _is_overdue(topic: Topic, today: date) -> bool:
    """Nothing is called overdue before it is, and nothing is asked by a day that is over."""
    if topic.template not in HAVE_A_DATE_TO_MEET or not topic.asks or topic.nominal_on is None:
        return False
    return topic.overdue or topic.nominal_on < today


def _sentence(quote: str) -> str:
    text = one_line(quote, LONGEST_QUOTE)
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _details(topic: Topic, today: date, language: Language) -> dict[str, Any]:
    given: Mapping[str, Any] = topic.details
    written: dict[str, Any] = {}
    for name, value in given.items():
        written[name] = _write(value, language)
        if name.endswith("_on") or isinstance(value, date):
            written |= dated(name, value, today, language)
    return written


def _write(value: object, language: Language) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, date | Period):
        return language.write(value)
    if isinstance(value, Phrase):
        return one_line(language.say(value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_write(item, language) for item in value]
    return one_line(str(value))


def dated(name: str, day: date | None, today: date, language: Language) -> Mapping[str, object]:
    """Return a date in full, in short and brief, and whether it is past or ahead.

    Each has the name that templates know it by.
    """
    return {
        name: language.day(day) if day else None,
        f"{name}_short": language.short_day(day) if day else None,
        f"{name}_brief": language.brief_day(day, today) if day else None,
        f"{name}_is_past": day is not None and day < today,
        f"{name}_is_ahead": day is not None and today < day,
    }


# What an operator types --------------------------------------------------------------------------


def recording_line(typed: str, language: Language) -> str:
    """Return an action with its keys as a reader of this language types it."""
    name, *parts = one_line(typed).split(" ")
    said = field_name if name == "amend" else say
    words = [part if "=" not in part else _spoken(part, said, language) for part in parts]
    return " ".join([language.say(say(name)), *words])


def _spoken(pair: str, said: Callable[[str], Phrase | FieldName], language: Language) -> str:
    key, _, value = pair.partition("=")
    return f"{language.write(said(key))}={value}"
