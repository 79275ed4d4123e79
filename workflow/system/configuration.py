"""The configuration: a TOML file, the environment over it, and one clear sentence per mistake."""

import json
import os
import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import fields

from states.dates.college import College
from states.dates.policy import Policy
from states.dates.working_days import WorkingDays
from states.model.period import Period
from states.model.phrase import Phrase, Refusal, listed, say
from workflow.system import settings_path
from workflow.system.os_errors import not_toml, reason_of
from workflow.system.settings import SECTIONS, Mistake, Settings, keys, settings_of, weekday_of

OURS = re.compile(r"LOOPTIJD_(?!CONFIG\Z|TEST_).*", re.DOTALL)
SQLITE = "sqlite:///"
IN_A_URL = str.maketrans({"%": "%25", "?": "%3F"})
BESIDE = ("", "-wal", "-shm")  # SQLite's file, and what it writes beside that
MARK = re.compile(r"looptijd-[0-9a-f-]{36}(-.*\.json|\.erased)", re.DOTALL)  # of the state folder
EXAMPLES = {"calendar": '["2026-02-16"]', "alerts": '["P3M", "P1M"]'}


class BadSettings(Refusal):
    """The configuration has mistakes; every one is named."""


class Configuration(Struct, frozen=True, kw_only=True):
    """The settings with where they came from; relative paths start at `base`."""

    settings: Settings
    file: Path | None
    base: Path

    def path(self, name: str | Path) -> Path:
        """Return a path of the configuration, made absolute."""
        try:
            return _whole(self.base, name)
        except RuntimeError as error:  # never the path: it may be a secret that was put there
            raise BadSettings(
                say(
                    "A path begins with ~, and no such home is known. Write whole paths (of"
                    " daemon.state_directory too), or set HOME."
                )
            ) from error

    @property
    def database_url(self) -> str:
        """Return the database's URL, an SQLite file made absolute."""
        file = self._database_file
        if file is None:
            return self._url
        return sqlite_url(file) + "".join(self._url.partition("?")[1:])

    @property
    def state_directory(self) -> Path:
        """Return the folder that remembers how far the register has come."""
        by_systemd = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]  # it may give several
        if chosen := self.settings.daemon.state_directory or by_systemd:
            return self.path(chosen)
        file = self._database_file
        return file.parent if file else self.path("~/.local/state/looptijd")

    @property
    def register(self) -> Path:
        """Return a file of the register that shows whose it is: SQLite's, else the state folder."""
        return self._database_file or self.state_directory

    @property
    def _database_file(self) -> Path | None:
        if not self._url.startswith(SQLITE):
            return None
        return self.path(unquote(self._url.removeprefix(SQLITE).partition("?")[0]))

    @property
    def _url(self) -> str:
        return _credential("database.url") or self.settings.database.url

    def is_own(self, file: Path) -> bool:
        """Tell whether looptijd works with a file: no export may come in its place."""
        real = os.path.realpath  # of a link to itself too
        said = self.settings
        names = (said.mail.password_file, said.mail.templates, said.report.theme, said.events.file)
        own = {real(self.path(name)) for name in names if name}
        own |= {f"{real(self.register)}{end}" for end in BESIDE}
        if self.file:
            own.add(real(self.file))
        if MARK.fullmatch(file.name):
            own.add(real(self.state_directory))
        return not own.isdisjoint(map(real, (file, file.parent)))

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
            return _credential("mail.password")
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
        calendar = self.settings.calendar
        return Policy(
            timezone=calendar.timezone,
            alert_time=calendar.alert_time,
            working_days=WorkingDays(closed_days=frozenset(calendar.closed_days)),
            recess=calendar.recess,
            alerts=self.settings.alerts,
        )


def sqlite_url(file: Path) -> str:
    """Return the URL of an SQLite file, whatever signs its path has."""
    return f"{SQLITE}{str(file).translate(IN_A_URL)}"


def _credential(name: str) -> str:
    """Return a systemd credential, or nothing."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    file = f"looptijd.{name}"
    return _secret(Path(folder) / file, file, optional=True) if folder else ""


def _secret(path: Path, key: str, *, optional: bool = False) -> str:
    """Return what a file holds; no sentence tells the path or a byte: either may be the secret."""
    try:
        return _text_of(path, key).strip()
    except OSError as error:
        if optional and isinstance(error, FileNotFoundError):
            return ""
        wrong = say("{key}: the file cannot be read: {reason}.", key=key, reason=reason_of(error))
        raise BadSettings(wrong) from error


def _text_of(path: Path, named: str, encoding: str = "utf-8") -> str:
    """Return what a file holds; BadSettings names it so where it is too large, or no text."""
    with path.open("rb") as file:
        content = file.read(settings_path.LARGEST_FILE + 1)
    if len(content) > settings_path.LARGEST_FILE:
        raise BadSettings(say("{file} is larger than 1 MB.", file=named))
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadSettings(say("{key}: the file is not text in UTF-8.", key=named)) from error


@lru_cache(maxsize=32)
def _whole(base: Path, name: str | Path) -> Path:
    """Return a path made absolute, once: each transaction asks where the state folder is."""
    return (base / Path(name).expanduser()).absolute()


# Reading -----------------------------------------------------------------------------------------


def configure(chosen: str | None, *, here: bool = True) -> Configuration:
    """Return the configuration; BadSettings names every mistake with where it stands.

    Looks at `chosen`, $LOOPTIJD_CONFIG, ./looptijd.toml (only with `here`), /etc, in that order.
    """
    path = _find(chosen, here=here)
    proposal = _read(path) if path else {}
    settings, wrong = _settings(_with_variables(proposal))
    told = (_told(mistake, path) for mistake in wrong)
    if mistakes := [*_unknown_variables(), *_unreadable_lists(), *told]:
        raise BadSettings(*mistakes)
    try:
        base = Path.cwd() / (path.parent if path else "")
    except FileNotFoundError as error:
        raise BadSettings(say("The folder where you stand is gone: go to another.")) from error
    return Configuration(settings=settings, file=path, base=base)


def is_configured(configuration: Configuration) -> bool:
    """Tell whether anybody said anything: in the file, or in the environment."""
    file = configuration.file
    return bool(_variables() or (file and _read(file)))


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
    return None if found is None else Path(found)


def _unreadable(file: str, error: OSError) -> BadSettings:
    return BadSettings(say("{file} cannot be read: {reason}.", file=file, reason=reason_of(error)))


def _read(path: Path) -> dict[str, Any]:
    try:
        text = _text_of(path, str(path), "utf-8-sig")
    except OSError as error:
        raise _unreadable(str(path), error) from error
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        line, what = not_toml(error, text)
        problem = say("{file}, line {line}: {what}", file=str(path), line=line, what=what)
        raise BadSettings(problem) from error


def _variables() -> dict[str, str]:
    """Return what the environment says, by name in capitals."""
    named = {name.upper(): text for name, text in os.environ.items()}
    return {name: text for name, text in named.items() if OURS.fullmatch(name)}


def _with_variables(proposal: dict[str, Any]) -> dict[str, Any]:
    """Return what the file proposes with what the environment says over it; a list there is JSON.

    What stands in the place of a section and is none is left, to be refused. Where a variable holds
    no list, which is refused, the file's list is not judged: it would be told as the variable's.
    """
    said, whole = _variables(), dict(proposal)
    for setting in keys():
        text = said.get(setting.variable)
        before = whole.get(setting.section, {}) if setting.section else whole
        if text is not None and isinstance(before, dict):
            changed = {key: value for key, value in before.items() if key != setting.key}
            if not setting.is_listed:
                changed[setting.key] = text
            elif _is_list(text):
                changed[setting.key] = json.loads(text)
            whole = {**whole, setting.section: changed} if setting.section else changed
    return whole


def _unknown_variables() -> Iterator[Phrase]:
    known = [setting.variable for setting in keys()]
    form = say("LOOPTIJD_SECTION__KEY, such as LOOPTIJD_MAIL__HOST")
    for name in _variables():
        if name not in known:
            section = name.partition("__")[0]
            beside = (variable for variable in known if variable.startswith(f"{section}__"))
            yield say(
                "The environment variable {name} is not a setting. Accepted: {names}.",
                name=name,
                names=", ".join(beside) or form,
            )


def _unreadable_lists() -> Iterator[Phrase]:
    """Yield the variables that must hold a list and do not."""
    said = _variables()
    for setting in keys():
        text = said.get(setting.variable)
        if text is not None and setting.is_listed and not _is_list(text):
            problem = say(
                "“{value}” is not a list in JSON, such as {example}.",
                value=text[:60],
                example=EXAMPLES[setting.section],
            )
            where, key = setting.variable, ".".join(setting.place)
            yield say("{where}: {key}: {problem}", where=where, key=key, problem=problem)


def _is_list(text: str) -> bool:
    try:
        return isinstance(json.loads(text), list)
    except (ValueError, RecursionError):
        return False


# Judging -----------------------------------------------------------------------------------------


def _settings(said: dict[str, Any]) -> tuple[Settings, list[Mistake]]:
    """Return the settings, as far as they can be read, and every mistake."""
    wrong: list[Mistake] = []
    sections: dict[str, Any] = {}
    for name, model in SECTIONS.items():
        content = said.get(name, {})
        if isinstance(content, dict):
            sections[name] = model(**_values(name, content, wrong))
        else:
            accepted = say("Write a section with its keys below it: [{name}].", name=name)
            wrong.append(Mistake.of((name,), content, accepted))
    settings = Settings(**_values("", said, wrong), **sections)
    if settings.events.file and settings.events.source == "":
        unsaid = next(setting for setting in settings_of("events") if setting.key == "source")
        wrong.append(Mistake.of(unsaid.place, "", unsaid.accepts))
    return settings, wrong


def _values(section: str, said: dict[str, Any], wrong: list[Mistake]) -> dict[str, Any]:
    """Return the values of a section by key; what is wrong with it is added to `wrong`."""
    known = {setting.key: setting for setting in settings_of(section)}
    accepted = list(known) if section else [item.name for item in fields(Settings)]
    for key in said:
        if key not in accepted:
            problem = _not_here(key, accepted)
            wrong.append(Mistake((*filter(None, (section,)), key), problem))
    return {key: setting.read(said[key], wrong) for key, setting in known.items() if key in said}


def _not_here(key: str, accepted: list[str]) -> Phrase:
    """Return that a key is not known in its section, and in which it would be."""
    sections = [setting.section for setting in keys() if setting.key == key]
    if sections:
        places = (f"[{name}]" if name else say("above the first section") for name in sections)
        return say("this key does not belong here. Its place: {places}.", places=listed(places))
    return say("this key is not known. Accepted here: {names}.", names=", ".join(accepted))


def _told(mistake: Mistake, path: Path | None) -> Phrase:
    """Return a mistake with where it stands: in a variable, or in the file."""
    named = mistake.variable
    where = named if named in _variables() or path is None else str(path)
    key = ".".join(mistake.place)
    return say("{where}: {key}: {problem}", where=where, key=key, problem=mistake.problem)
