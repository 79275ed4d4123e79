"""The configuration: a TOML file, the environment over it, and one clear sentence per mistake."""

import json
import os
import re
import tomllib
from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from states.dates.college import College
from states.dates.policy import Alerts, Policy
from states.dates.working_days import WorkingDays
from states.model.fact_types import A_LINE, LONGEST_LINE, is_hidden
from states.model.period import Period, parse_period
from states.model.phrase import Phrase, Refusal, say
from workflow.system import settings_path
from workflow.system.os_errors import not_toml, reason_of

PREFIX = "LOOPTIJD_"
NOT_KEYS = re.compile(r"LOOPTIJD_(CONFIG|TEST_.*)")
Weekly = Literal[
    "off", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
]
WEEKDAYS: tuple[str, ...] = get_args(Weekly)[1:]
ADDRESS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[A-Za-z0-9.-]+"
CONTACT = re.compile(rf"(?P<name>[^<>]*)<(?P<email>{ADDRESS})>(, (?P<phone>[^<>]+))?")
SQLITE = "sqlite:///"
URI = r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+"  # RFC 3986


class BadSettings(Refusal):
    """The configuration has mistakes; every one is named."""


AddressText = Annotated[str, Field(pattern=f"^({ADDRESS})?$")]
PeriodText = Annotated[
    Period,
    BeforeValidator(lambda text: text if isinstance(text, Period) else parse_period(str(text))),
]


def _in_order(days: tuple[date, date]) -> tuple[date, date]:
    if days[1] < days[0]:
        raise ValueError("from, through")
    return days


Days = Annotated[tuple[date, date], AfterValidator(_in_order)]


def _to_the_minute(value: object) -> str:
    """Return a local time as text; a mere number would be taken for seconds after midnight."""
    if not re.fullmatch(r"\d\d:\d\d(:00)?", str(value)):
        raise ValueError("hours and minutes")
    return str(value)


Number = Annotated[int, BeforeValidator(str)]  # true is no number, though Python takes it for 1
MinuteOfTheDay = Annotated[time, BeforeValidator(_to_the_minute)]


class Section(BaseModel, extra="forbid", frozen=True, arbitrary_types_allowed=True):
    """One table of the file; a key that is not known is an error."""

    @field_validator("*", mode="before")
    @classmethod
    def _hides_nothing(cls, value: object) -> object:
        if isinstance(value, str) and any(map(is_hidden, value)):
            raise ValueError("one line of printable text")
        return value


class Municipality(Section):
    """Whose register this is."""

    name: str = Field(
        default="Gemeente",
        max_length=LONGEST_LINE,
        description="shown in mails as the sender",
    )
    installation: str = Field(
        default="production", description="recorded in the database; another value holds all mail"
    )


class DatabaseSettings(Section):
    """Where the register is kept."""

    url: str = Field(
        default="sqlite:///looptijd.db",
        description="or postgresql+psycopg://USER@HOST/NAME",
        repr=False,  # it may hold a password
    )


class Mail(Section):
    """How mail leaves."""

    transport: Literal["directory", "smtp"] = Field(default="directory", description="smtp sends")
    directory: Path = Field(default=Path("mail"), description="one .eml per accepted message")
    host: str = Field(default="localhost", description="the relay")
    port: Number = Field(default=25, ge=1, le=65535, description="the relay's port")
    tls: Literal["none", "starttls", "implicit"] = Field(
        default="starttls", description="certificates are verified; none only to loopback"
    )
    username: str = Field(default="", description="empty: no authentication")
    password_file: str = Field(
        default="", description="or the systemd credential looptijd.mail.password"
    )
    sender: str = Field(
        default="Looptijd <looptijd@example.org>",
        pattern=rf"^([^<>\r\n]*<{ADDRESS}>|{ADDRESS})$",
        description="NAME <ADDRESS>",
    )
    operator: AddressText = Field(default="", description="incidents go here")
    contact: str = Field(
        default="",
        pattern=f"^({CONTACT.pattern})?$",
        description="who answers questions; in every mail: NAME <ADDRESS>, TELEPHONE",
    )
    bounces_to: AddressText = Field(default="", description="envelope sender; default: the sender")
    redirect_all_to: AddressText = Field(default="", description="for test installations")
    connections: Number = Field(default=4, ge=1, le=64, description="kept open side by side")
    digest: Weekly = Field(default="off", description="when each office gets its weekly digest")
    templates: str = Field(
        default="", description="a folder with templates that take the place of built-in ones"
    )


class Calendar(Section):
    """Which days and which hour; takes effect when adopted."""

    timezone: str = Field(default="Europe/Amsterdam", description="the zone of every local time")
    alert_time: MinuteOfTheDay = Field(
        default=time(8), description="local time at which alerts leave"
    )
    closed_days: tuple[date, ...] = Field(default=(), description="local closing days: move alerts")
    recess: tuple[Days, ...] = Field(
        default=(), description="[[from, through], …]: warns when a date falls inside"
    )

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("a zone such as Europe/Amsterdam") from error
        return value


class CollegeSettings(Section):
    """When the college meets; the report, today and mails then name the meeting that is in time."""

    meets: Weekly = Field(default="off", description="the weekday on which the college meets")
    papers: PeriodText = Field(
        default=Period(), description="how long before a meeting its papers are to be handed in"
    )


class AlertSettings(Section):
    """How long before and after; ISO 8601 durations; takes effect when adopted."""

    evaluation_before: tuple[PeriodText, ...] = Field(
        default=Alerts().evaluation_before, description="before the evaluation's date"
    )
    evaluation_after: tuple[PeriodText, ...] = Field(
        default=Alerts().evaluation_after, description="while it is not held"
    )
    continuation_before: tuple[PeriodText, ...] = Field(
        default=Alerts().continuation_before,
        description="before the last day, while nothing is decided",
        min_length=1,
    )
    payment_before: tuple[PeriodText, ...] = Field(
        default=Alerts().payment_before, description="before the due date"
    )
    payment_after: tuple[PeriodText, ...] = Field(
        default=Alerts().payment_after, description="while it is not paid"
    )
    unsigned_after: tuple[PeriodText, ...] = Field(
        default=Alerts().unsigned_after,
        description="after the decision, while a signature is missing",
    )
    obligation_before: tuple[PeriodText, ...] = Field(
        default=Alerts().obligation_before, description="before an obligation is due"
    )
    obligation_after: tuple[PeriodText, ...] = Field(
        default=Alerts().obligation_after, description="while it is not fulfilled"
    )


class ReportSettings(Section):
    """The register as pages, which the daemon writes each night and soon after events."""

    directory: str = Field(default="", description="where; empty: the daemon writes none")
    public: bool = Field(default=False, description="only what is public, without persons")
    theme: str = Field(
        default="", description="a file of CSS with your design tokens, for report and mails"
    )


class ArchiveSettings(Section):
    """What an archive has to know of every dossier that is exported (MDTO)."""

    identifier: str = Field(
        default="",
        description="the municipality in TOOI: https://identifier.overheid.nl/tooi/id/gemeente/gm…",
    )
    appraisal: Literal["", "B", "V"] = Field(
        default="", description="B: kept for ever, V: for a time; empty: still open"
    )
    category: str = Field(default="", description="the category of the selection list")
    selection_list: str = Field(
        default="Selectielijst gemeenten en intergemeentelijke organen 2020",
        description="the list that the category is of",
    )
    retention: str = Field(
        default="", description="how long it is kept, from the last day; an ISO 8601 duration"
    )

    @field_validator("retention")
    @classmethod
    def _is_period(cls, value: str) -> str:
        return str(parse_period(value)) if value else value


class DaemonSettings(Section):
    """How the daemon watches."""

    tick_seconds: Number = Field(default=20, ge=1, le=60, description="seconds between two looks")
    max_clock_jump: PeriodText = Field(
        default=Period(0, 35), description="a larger jump of the clock holds everything"
    )
    state_directory: str = Field(
        default="", description="default $STATE_DIRECTORY, else beside the SQLite file"
    )


class EventsSettings(Section):
    """A file that other systems can follow: each event as a CloudEvent, a line of JSON."""

    file: str = Field(default="", description="empty: none is written")
    source: str = Field(
        default="",
        validate_default=True,
        description="who writes it, as the NL-GOV profile has it: urn:nld:oin:OIN:systeem:NAME",
    )

    @field_validator("source")
    @classmethod
    def _is_uri(cls, value: str, info: ValidationInfo) -> str:
        if not re.fullmatch(URI, value) and (value or info.data.get("file")):
            raise ValueError("urn:nld:oin:OIN:systeem:NAME")
        return value


class Settings(Section):
    """Every setting; frozen, checked when read."""

    language: Literal["nl", "en"] = Field(default="nl", description="of mails and of the commands")
    municipality: Municipality = Municipality()
    database: DatabaseSettings = DatabaseSettings()
    mail: Mail = Mail()
    calendar: Calendar = Calendar()
    college: CollegeSettings = CollegeSettings()
    alerts: AlertSettings = AlertSettings()
    report: ReportSettings = ReportSettings()
    archive: ArchiveSettings = ArchiveSettings()
    daemon: DaemonSettings = DaemonSettings()
    events: EventsSettings = EventsSettings()


def weekday_of(chosen: str) -> int | None:
    """Return the number of a day of the week, Monday being 0; None for never."""
    return WEEKDAYS.index(chosen) if chosen in WEEKDAYS else None


class Configuration(BaseModel, frozen=True):
    """The settings with where they came from; relative paths start at `base`."""

    settings: Settings
    file: Path | None
    base: Path

    def path(self, name: str | Path) -> Path:
        """Return a path of the configuration, made absolute."""
        return (self.base / Path(name).expanduser()).absolute()

    @property
    def database_url(self) -> str:
        """Return the database's URL, an SQLite file made absolute."""
        url = credential("database.url") or self.settings.database.url
        return f"{SQLITE}{self.path(url.removeprefix(SQLITE))}" if url.startswith(SQLITE) else url

    @property
    def state_directory(self) -> Path:
        """Return the folder that remembers how far the register has come."""
        chosen = self.settings.daemon.state_directory or os.environ.get("STATE_DIRECTORY")
        if chosen:
            return self.path(chosen.partition(":")[0])
        file = self._database_file
        return file.parent if file else self.path("~/.local/state/looptijd")

    @property
    def register(self) -> Path:
        """Return a file of the register that shows whose it is: SQLite's, else the state folder."""
        return self._database_file or self.state_directory

    @property
    def _database_file(self) -> Path | None:
        file = self.database_url.removeprefix(SQLITE)
        return Path(file) if file != self.database_url else None

    @property
    def templates(self) -> Path | None:
        """Return the folder of the municipality's own templates, or None."""
        name = self.settings.mail.templates
        return self.path(name) if name else None

    @property
    def theme(self) -> Path | None:
        """Return the file of the municipality's own design tokens, or None."""
        name = self.settings.report.theme
        return self.path(name) if name else None

    @property
    def mail_password(self) -> str:
        """Return the relay's password, from its file or systemd's credentials."""
        name = self.settings.mail.password_file
        if not name:
            return credential("mail.password")
        return _secret(self.path(name), "mail.password_file")

    @property
    def college(self) -> College:
        """Return when the college meets, as far as anybody told."""
        told = self.settings.college
        papers = told.papers if told.papers != Period() else None
        return College(meets=weekday_of(told.meets), papers=papers)

    @property
    def policy(self) -> Policy:
        """Return the policy that the file proposes."""
        calendar, alerts = self.settings.calendar, self.settings.alerts
        return Policy(
            timezone=calendar.timezone,
            alert_time=calendar.alert_time,
            working_days=WorkingDays(closed_days=frozenset(calendar.closed_days)),
            recess=calendar.recess,
            alerts=Alerts(**{name: getattr(alerts, name) for name in type(alerts).model_fields}),
        )


def credential(name: str) -> str:
    """Return a systemd credential, or nothing."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    file = f"looptijd.{name}"
    return _secret(Path(folder) / file, file, optional=True) if folder else ""


def _secret(path: Path, key: str, *, optional: bool = False) -> str:
    """Return what a file holds; no sentence tells the path or a byte: either may be the secret."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        if optional and isinstance(error, FileNotFoundError):
            return ""
        wrong = say("{key}: the file cannot be read: {reason}.", key=key, reason=reason_of(error))
    except ValueError:
        wrong = say("{key}: the file is not text in UTF-8.", key=key)
    raise BadSettings(wrong)


# Reading -----------------------------------------------------------------------------------------


def configure(chosen: str | None, *, here: bool = True) -> Configuration:
    """Return the configuration; BadSettings names every mistake with where it stands.

    Looks at `chosen`, $LOOPTIJD_CONFIG, ./looptijd.toml (only with `here`), /etc, in that order.
    """
    path = _find(chosen, here=here)
    proposal = _read(path) if path else {}
    mistakes = [*_unknown_variables(), *_unreadable_lists()]
    if mistakes:
        raise BadSettings(*mistakes)
    try:
        settings = Settings(**_with_variables(proposal))
    except ValidationError as error:
        raise BadSettings(*_sentences(error, path)) from error
    base = path.absolute().parent if path else Path.cwd()
    return Configuration(settings=settings, file=path, base=base)


def is_configured(configuration: Configuration) -> bool:
    """Tell whether anybody said anything: a file, or a key in the environment."""
    return configuration.file is not None or bool(_variables())


def _find(chosen: str | None, *, here: bool) -> Path | None:
    try:
        found = settings_path.configuration_file(chosen, here=here)
    except settings_path.OfStrangers as error:
        raise BadSettings(
            say(
                "./looptijd.toml is not read: it belongs to somebody else or others may write it."
                " Name it with --config, or correct its owner and mode (chmod go-w)."
            )
        ) from error
    except OSError as error:
        raise _unreadable(settings_path.SYSTEM_FILE, error) from error
    return Path(found) if found else None


def _unreadable(file: str, error: OSError) -> BadSettings:
    return BadSettings(say("{file} cannot be read: {reason}.", file=file, reason=reason_of(error)))


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(settings_path.LARGEST_FILE + 1)
        if len(content) > settings_path.LARGEST_FILE:
            raise BadSettings(say("{file} is larger than 1 MB.", file=str(path)))
        text = content.decode()
    except OSError as error:
        raise _unreadable(str(path), error) from error
    except UnicodeDecodeError as error:
        raise BadSettings(say("{key}: the file is not text in UTF-8.", key=str(path))) from error
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        line, what = not_toml(error, text)
        problem = say("{file}, line {line}: {what}", file=str(path), line=line, what=what)
        raise BadSettings(problem) from error


def _variables() -> dict[str, str]:
    """Return what the environment says, by name in capitals."""
    named = {name.upper(): text for name, text in os.environ.items()}
    return {
        name: text
        for name, text in named.items()
        if name.startswith(PREFIX) and not NOT_KEYS.fullmatch(name)
    }


def _variable(*place: str) -> str:
    return PREFIX + "__".join(filter(None, place)).upper()


def _with_variables(proposal: dict[str, Any]) -> dict[str, Any]:
    """Return what the file proposes with what the environment says over it; a list there is JSON.

    What stands in the place of a section and is none is left, to be refused.
    """
    said, whole = _variables(), dict(proposal)
    for section, key, item in keys():
        text = said.get(_variable(section, key))
        value = json.loads(text) if text is not None and _is_listed(item) else text
        before = whole.get(section, {}) if section else whole
        if value is not None and isinstance(before, dict):
            changed = {**before, key: value}
            whole = {**whole, section: changed} if section else changed
    return whole


def keys() -> Iterator[tuple[str, str, Any]]:
    """Yield the section, name and pydantic field of every setting; the section may be empty."""
    for name, item in Settings.model_fields.items():
        section = item.annotation
        if isinstance(section, type) and issubclass(section, Section):
            for key, inner in section.model_fields.items():
                yield name, key, inner
        else:
            yield "", name, item


def _unknown_variables() -> Iterator[Phrase]:
    known = {_variable(section, key) for section, key, _ in keys()}
    for name in _variables():
        if name not in known:
            yield say(
                "The environment variable {name} is not a setting. Accepted: LOOPTIJD_SECTION__KEY,"
                " such as LOOPTIJD_MAIL__HOST.",
                name=name,
            )


def _unreadable_lists() -> Iterator[Phrase]:
    """Yield the variables that must hold a list and do not."""
    said = _variables()
    for section, key, item in keys():
        name, place = _variable(section, key), f"{section}.{key}"
        text = said.get(name)
        if text is not None and _is_listed(item) and not _is_list(text):
            problem = say(
                "“{value}” is not a list in JSON, such as {example}.",
                value=text[:60],
                example=EXAMPLES[section],
            )
            yield say("{where}: {key}: {problem}", where=name, key=place, problem=problem)


def _is_listed(item: Any) -> bool:
    return get_origin(item.annotation) is tuple


EXAMPLES = {"calendar": '["2026-02-16"]', "alerts": '["P3M", "P1M"]'}


def _is_list(text: str) -> bool:
    try:
        return isinstance(json.loads(text), list)
    except (ValueError, RecursionError):
        return False


def judged(section: str, key: str, text: str) -> Any:
    """Return what one answer means for a setting of a section; BadSettings says what it accepts."""
    model = Settings.model_fields[section].annotation
    assert isinstance(model, type)
    assert issubclass(model, Section)
    try:
        return getattr(model(**{key: text}), key)
    except ValidationError as error:
        raise BadSettings(*(_problem(item, [section, key]) for item in error.errors())) from error


def _sentences(error: ValidationError, path: Path | None) -> Iterator[Phrase]:
    for item in error.errors():
        place = [str(part) for part in item["loc"]]
        variable = _variable(*place[:2])
        where = variable if variable in _variables() or path is None else str(path)
        key, problem = ".".join(place), _problem(item, place)
        yield say("{where}: {key}: {problem}", where=where, key=key, problem=problem)


def _problem(item: Any, place: list[str]) -> Phrase:
    if item["type"] == "extra_forbidden":
        return say("this key is not known. Accepted here: {names}.", names=_names(place))
    value, accepted = _shown(item["input"], place), _accepted(item, place)
    return say("“{value}” is not accepted. {accepted}", value=value, accepted=accepted)


def _shown(value: object, place: list[str]) -> str:
    """Return what was written; not the URL, which may hold a password, nor endless digits."""
    try:
        return "…" if place == ["database", "url"] else str(value)[:60]
    except ValueError:
        return "…"


def _accepted(item: Any, place: list[str]) -> Phrase:
    """Return what a setting accepts, in the words of its kind."""
    context = item.get("ctx") or {}
    if "expected" in context:
        return say("Accepted here: {names}.", names=str(context["expected"]).replace(" or ", ", "))
    if len(place) == 1:
        return say("Write a section with its keys below it: [{name}].", name=place[0])
    return next((KINDS[part] for part in reversed(place) if part in KINDS), A_LINE)


AN_ADDRESS = say("Write one address, such as beheer@maastricht.example.")
A_PERIOD = say("Write an ISO 8601 period of at most 100 years, such as P3Y, P18M or P2W.")
KINDS = {
    "port": say("Write a whole number from 1 to 65535."),
    "tick_seconds": say("Write a whole number from 1 to 60."),
    "connections": say("Write a whole number from 1 to 64."),
    "sender": say("Write NAME <ADDRESS>, such as Looptijd <looptijd@maastricht.example>."),
    "source": say("Write urn:nld:oin:OIN:systeem:NAME, or another URI that is yours alone."),
    "operator": AN_ADDRESS,
    "contact": say(
        "Write NAME <ADDRESS>, TELEPHONE, such as Beheer <beheer@maastricht.example>, 14 043."
    ),
    "bounces_to": AN_ADDRESS,
    "redirect_all_to": AN_ADDRESS,
    "timezone": say("Write a time zone, such as Europe/Amsterdam."),
    "alert_time": say("Write a time, such as 08:00."),
    "calendar": say("Write a date that exists as YYYY-MM-DD, such as 2017-10-12."),
    "recess": say('Write [[from, through], …], such as [["2026-07-11", "2026-08-23"]].'),
    "public": say("Write true or false."),
    "alerts": say('Write a list of ISO 8601 periods, such as ["P3M", "P1M"].'),
    "retention": A_PERIOD,
    "papers": A_PERIOD,
    "max_clock_jump": A_PERIOD,
}


def _names(place: list[str]) -> str:
    if len(place) == 1:
        return ", ".join(Settings.model_fields)
    return ", ".join(key for section, key, _ in keys() if section == place[0])
