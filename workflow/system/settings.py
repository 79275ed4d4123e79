"""What can be set: each key with its kind, what it is, what it accepts, and its default."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, time
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_args, get_origin
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct, convert
from msgspec.structs import fields

from states.dates.policy import Alerts
from states.model.fact_types import A_LINE, LONGEST_LINE, is_hidden
from states.model.period import Period, parse_period
from states.model.phrase import Phrase, Refusal, say

T = TypeVar("T")

# In no mail stands an address that begins as an encoded word, or that has an empty label.
WORD, LABEL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+", "[A-Za-z0-9-]{1,63}"
ADDRESS = rf"(?!=\?){WORD}(\.{WORD})*@({LABEL}\.)*{LABEL}"
HOST = r"[^\s:/]+|[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*(%\S+)?"  # a name, IPv4 or IPv6
CONTACT = re.compile(rf"(?P<name>[^<>]*)<(?P<email>{ADDRESS})>(, (?P<phone>[^<>]+))?")
URI = r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+"  # RFC 3986


# Kinds of settings, each with what it accepts in words --------------------------------------------


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (KeyError, OSError) as error:
        raise ValueError(name) from error


def _in_order(days: tuple[date, date]) -> tuple[date, date]:
    if days[1] < days[0]:
        raise ValueError(days)
    return days


def _period_or_nothing(text: str) -> str:
    return str(parse_period(text)) if text else ""


def _a_day_or_more(period: Period) -> Period:
    """Return a period: by one of no days, every moment that passes is a jump."""
    if period == Period():
        raise ValueError(period)
    return period


def _minute_of_the_day(text: str) -> time:
    """Return a local time; a mere number would be taken for seconds after midnight."""
    if not re.fullmatch(r"\d\d:\d\d(:00)?", text):
        raise ValueError(text)
    return time.fromisoformat(text)


def is_address(text: str) -> bool:
    """Tell whether a text is one address that mail can go to."""
    return re.fullmatch(ADDRESS, text) is not None


READ: Mapping[Any, Callable[[str], Any]] = {Period: parse_period, time: _minute_of_the_day}
"""How a kind is read that is no kind of TOML."""

WRITE_A_PERIOD = say("Write an ISO 8601 period of at most 100 years, such as P3Y, P18M or P2W.")
APeriod = Annotated[Period, WRITE_A_PERIOD]

AN_ADDRESS = say("Write one address, such as beheer@maastricht.example.")
Address = Annotated[str, Meta(pattern=f"^({ADDRESS})?$"), AN_ADDRESS]
Weekly = Literal[
    "off", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
]
WEEKDAYS: tuple[str, ...] = get_args(Weekly)[1:]


class Municipality(Struct, frozen=True, kw_only=True):
    """Whose register this is."""

    name: Annotated[str, Meta(max_length=LONGEST_LINE), "shown in mails as the sender"] = "Gemeente"
    installation: Annotated[str, "recorded in the database; another value holds all mail"] = (
        "production"
    )


class DatabaseSettings(Struct, frozen=True, kw_only=True):
    """Where the register is kept."""

    url: Annotated[str, "or postgresql+psycopg://USER@HOST/NAME"] = "sqlite:///looptijd.db"

    def __repr__(self) -> str:
        """Return no URL: it may hold a password."""
        return "DatabaseSettings(…)"


class Mail(Struct, frozen=True, kw_only=True):
    """How mail leaves."""

    transport: Annotated[Literal["directory", "smtp"], "smtp sends"] = "directory"
    directory: Annotated[str, "one .eml per accepted message"] = "mail"
    host: Annotated[
        str,
        Meta(pattern=rf"^({HOST})$"),
        "the relay",
        say("Write the name or address of the relay without its port, such as localhost."),
    ] = "localhost"
    port: Annotated[int, Meta(ge=1, le=65535), "the relay's port"] = 25
    tls: Annotated[
        Literal["none", "starttls", "implicit"],
        "certificates are verified; none only to loopback",
    ] = "starttls"
    username: Annotated[str, "empty: no authentication"] = ""
    password_file: Annotated[str, "or the systemd credential looptijd.mail.password"] = ""
    sender: Annotated[
        str,
        Meta(pattern=rf"^([^<>\r\n]*<{ADDRESS}>|{ADDRESS})$"),
        "NAME <ADDRESS>",
        say("Write NAME <ADDRESS>, such as Looptijd <looptijd@maastricht.example>."),
    ] = "Looptijd <looptijd@example.org>"
    operator: Annotated[Address, "incidents go here"] = ""
    contact: Annotated[
        str,
        Meta(pattern=f"^({CONTACT.pattern})?$"),
        "who answers questions; in every mail: NAME <ADDRESS>, TELEPHONE",
        say("Write NAME <ADDRESS>, TELEPHONE, such as Beheer <beheer@maastricht.example>, 14 043."),
    ] = ""
    bounces_to: Annotated[Address, "envelope sender; default: the sender"] = ""
    redirect_all_to: Annotated[Address, "for test installations"] = ""
    connections: Annotated[int, Meta(ge=1, le=64), "kept open side by side"] = 4
    digest: Annotated[Weekly, "when each office gets its weekly digest"] = "off"
    templates: Annotated[str, "a folder with templates that take the place of built-in ones"] = ""


class Calendar(Struct, frozen=True, kw_only=True):
    """Which days and which hour; takes effect when adopted."""

    timezone: Annotated[
        str,
        _zone,
        "the zone of every local time",
        say("Write a time zone, such as Europe/Amsterdam."),
    ] = "Europe/Amsterdam"
    alert_time: Annotated[
        time, "local time at which alerts leave", say("Write a time, such as 08:00.")
    ] = time(8)
    closed_days: Annotated[
        tuple[date, ...],
        "local closing days: move alerts",
        say("Write a date that exists as YYYY-MM-DD, such as 2017-10-12."),
    ] = ()
    recess: Annotated[
        tuple[Annotated[tuple[date, date], _in_order], ...],
        "[[from, through], …]: warns of an evaluation or a continuation decision inside",
        say('Write [[from, through], …], such as [["2026-07-11", "2026-08-23"]].'),
    ] = ()


class CollegeSettings(Struct, frozen=True, kw_only=True):
    """When the college meets; report, mails and `today --json` then name the meeting in time."""

    meets: Annotated[Weekly, "the weekday on which the college meets"] = "off"
    papers: Annotated[APeriod, "how long before a meeting its papers are to be handed in"] = (
        Period()
    )


class ReportSettings(Struct, frozen=True, kw_only=True):
    """The register as pages, which the daemon writes each night and soon after events."""

    directory: Annotated[str, "where; empty: the daemon writes none"] = ""
    public: Annotated[bool, "only what is public, without persons", say("Write true or false.")] = (
        False
    )
    theme: Annotated[str, "a file of CSS with your design tokens, for report and mails"] = ""


class ArchiveSettings(Struct, frozen=True, kw_only=True):
    """What an archive has to know of every dossier that is exported (MDTO)."""

    identifier: Annotated[
        str, "the municipality in TOOI: https://identifier.overheid.nl/tooi/id/gemeente/gm…"
    ] = ""
    appraisal: Annotated[
        Literal["", "B", "V"], "B: kept for ever, V: for a time; empty: still open"
    ] = ""
    category: Annotated[str, "the category of the selection list"] = ""
    selection_list: Annotated[str, "the list that the category is of"] = (
        "Selectielijst gemeenten en intergemeentelijke organen 2020"
    )
    retention: Annotated[
        str,
        _period_or_nothing,
        "how long it is kept, from the last day; an ISO 8601 duration",
        WRITE_A_PERIOD,
    ] = ""


class DaemonSettings(Struct, frozen=True, kw_only=True):
    """How the daemon watches."""

    tick_seconds: Annotated[int, Meta(ge=1, le=60), "seconds between two looks"] = 20
    max_clock_jump: Annotated[
        Period,
        _a_day_or_more,
        "a larger jump of the clock holds everything",
        say("Write an ISO 8601 period of at least a day and at most 100 years, such as P5W."),
    ] = Period(0, 35)
    state_directory: Annotated[
        str, "default $STATE_DIRECTORY, else beside the SQLite file, else ~/.local/state/looptijd"
    ] = ""


class EventsSettings(Struct, frozen=True, kw_only=True):
    """A file that other systems can follow: each event as a CloudEvent, a line of JSON."""

    file: Annotated[str, "empty: none is written"] = ""
    source: Annotated[
        str,
        Meta(pattern=f"^({URI})?$"),
        "who writes it, as the NL-GOV profile has it: urn:nld:oin:OIN:systeem:NAME",
        say("Write urn:nld:oin:OIN:systeem:NAME, or another URI that is yours alone."),
    ] = ""


class Settings(Struct, frozen=True, kw_only=True):
    """Every setting; frozen, checked when read."""

    language: Annotated[Literal["nl", "en"], "of mails and of the commands"] = "nl"
    municipality: Municipality = Municipality()
    database: DatabaseSettings = DatabaseSettings()
    mail: Mail = Mail()
    calendar: Calendar = Calendar()
    college: CollegeSettings = CollegeSettings()
    alerts: Alerts = Alerts()
    report: ReportSettings = ReportSettings()
    archive: ArchiveSettings = ArchiveSettings()
    daemon: DaemonSettings = DaemonSettings()
    events: EventsSettings = EventsSettings()


SECRET = (("database",), ("database", "url"), ("mail", "password_file"))
"""Where a password may stand, or be written by mistake: no sentence tells what was written."""


def _variable(place: tuple[str, ...]) -> str:
    return "__".join(("LOOPTIJD_" + place[0], *place[1:2])).upper()


class Mistake(Struct, frozen=True):
    """What is wrong with the configuration, and at which key: its section, itself, an item."""

    place: tuple[str, ...]
    problem: Phrase

    @classmethod
    def of(cls, place: tuple[str, ...], said: Any, accepted: Phrase) -> "Mistake":
        """Return one with what was written; not where a password may have been written."""
        try:
            is_text = not isinstance(said, bool | list | dict)
            text = str(said) if is_text else json.dumps(said, ensure_ascii=False, default=str)
            value = "…" if place in SECRET else text[:60]
        except (ValueError, RecursionError):  # endless digits, endless lists
            value = "…"
        problem = say("“{value}” is not accepted. {accepted}", value=value, accepted=accepted)
        return cls(place, problem)

    @property
    def variable(self) -> str:
        """Return the name of the key in the environment."""
        return _variable(self.place)


class Setting(Struct, frozen=True, kw_only=True):
    """One key of the configuration: its section (the whole has none), its kind and its default."""

    section: str
    key: str
    kind: Any
    default: Any

    @property
    def place(self) -> tuple[str, ...]:
        """Return the section, where there is one, and the key."""
        return tuple(filter(None, (self.section, self.key)))

    @property
    def variable(self) -> str:
        """Return its name in the environment."""
        return _variable(self.place)

    @property
    def description(self) -> str:
        """Return what it is, as the reference says it."""
        return self._told(str) or ""

    @property
    def choices(self) -> tuple[str, ...]:
        """Return the values that may be chosen; empty where it is no choice."""
        return get_args(_bare(self.kind)) if get_origin(_bare(self.kind)) is Literal else ()

    @property
    def bounds(self) -> tuple[int, int] | None:
        """Return the smallest and the largest number; None of what is no number."""
        meta = self._told(Meta)
        return (int(meta.ge), int(meta.le or 0)) if meta and meta.ge is not None else None

    @property
    def is_listed(self) -> bool:
        """Tell whether it is a list."""
        return get_origin(_bare(self.kind)) is tuple

    @property
    def accepts(self) -> Phrase:
        """Return what it accepts, in the words of its kind."""
        if self.choices:
            return say("Accepted here: {names}.", names=", ".join(map(repr, self.choices)))
        if self.bounds:
            least, most = self.bounds
            return say("Write a whole number from {least} to {most}.", least=least, most=most)
        return self._told(Phrase) or A_LINE

    def read(self, said: Any, wrong: list["Mistake"]) -> Any:
        """Return what was said as this setting; what is not of its kind is added to `wrong`."""
        return self._of_kind(self.kind, said, self.place, wrong)

    def judged(self, text: str) -> Any:
        """Return what one answer means; Refusal says what is accepted."""
        wrong: list[Mistake] = []
        value = self.read(text, wrong)
        if wrong:
            raise Refusal(*(mistake.problem for mistake in wrong))
        return value

    def _of_kind(self, kind: Any, said: Any, place: tuple[str, ...], wrong: list["Mistake"]) -> Any:
        """Return what was said as a kind, a list item by item."""
        plain = _bare(kind)
        items = get_args(plain)[0] if get_args(plain)[1:] == (...,) else None
        if items and isinstance(said, list) and said:
            return tuple(
                self._of_kind(items, item, (*place, str(number)), wrong)
                for number, item in enumerate(said)
            )
        try:
            return _converted(kind, said)
        except (ValueError, RecursionError):
            wrong.append(Mistake.of(place, said, self.accepts))
        return None

    def _told(self, kind: type[T]) -> T | None:
        return next((part for part in _notes(self.kind) if isinstance(part, kind)), None)


@cache
def settings_of(section: str) -> tuple[Setting, ...]:
    """Return every setting of a section, or with "" those that stand before the first."""
    model = SECTIONS[section] if section else Settings
    return tuple(
        Setting(section=section, key=item.name, kind=item.type, default=item.default)
        for item in fields(model)
        if section or item.name not in SECTIONS
    )


SECTIONS: Mapping[str, type[Struct]] = {
    item.name: item.type for item in fields(Settings) if isinstance(item.type, type)
}


def keys() -> Iterator[Setting]:
    """Yield every setting, those of the whole first."""
    for section in ("", *SECTIONS):
        yield from settings_of(section)


def _bare(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _notes(kind: Any) -> tuple[Any, ...]:
    return get_args(kind)[1:] if get_origin(kind) is Annotated else ()


def _converted(kind: Any, said: Any) -> Any:
    """Return what was said as a kind of one value; ValueError when it is not of that kind."""
    if isinstance(said, str) and any(map(is_hidden, said)):
        raise ValueError(said)
    read = READ.get(_bare(kind))
    value = read(str(said)) if read else convert(said, kind, strict=False)
    for judge in filter(callable, _notes(kind)):
        value = judge(value)
    return value


def weekday_of(chosen: str) -> int | None:
    """Return the number of a day of the week, Monday being 0; None for never."""
    return WEEKDAYS.index(chosen) if chosen in WEEKDAYS else None
