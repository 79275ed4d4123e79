"""The doctor: everything that should be looked at by somebody, for operators and for monitors."""

import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Literal

from msgspec import Struct

from notifications.retry_policy import MessageStatus
from notifications.smtp import UnencryptedMailError
from notifications.theme import BadTheme, theme
from states.dates.policy import Policy
from states.model.period import Period
from states.model.phrase import Phrase, Refusal, listed, say
from states.model.stage import Stage
from workflow.app.app import App, policy_and_today, policy_of, restored_sentence
from workflow.app.clock_guard import jump_of, jump_sentence
from workflow.engine import policies
from workflow.engine.engine import as_demanded
from workflow.engine.event_words import RECONCILE
from workflow.engine.ledger import stream_in_words
from workflow.engine.offices import Offices, first_gap, offices_of, resolve
from workflow.mail.compose import faults
from workflow.mail.delivery import transport_of
from workflow.mail.preview import samples
from workflow.mail.queue import status_in_words
from workflow.mail.relay_words import fault_in_words
from workflow.maintenance.compare import is_looked_at_in_time
from workflow.maintenance.reconcile import not_mended
from workflow.maintenance.verify import beyond_agreements, reached
from workflow.outputs.events import events_file, waits_since
from workflow.store import agreements, offices, register, seals
from workflow.store.database import Transaction
from workflow.store.outbox import queries
from workflow.store.postgresql import GRANTING, is_read_only, lacking_rights
from workflow.system.configuration import BadSettings

OVERDUE_AFTER = timedelta(minutes=10)
HEARTBEAT_AFTER = timedelta(minutes=15)
FIRST_HOUR = timedelta(hours=1)
RECONCILED_AFTER = timedelta(days=2)
GREETED_AFTER = timedelta(hours=25)
UNKNOWN_AFTER = timedelta(minutes=10)
UNPUBLISHED_AFTER = timedelta(minutes=10)
STUCK_AFTER = timedelta(hours=1)
A_WEEK = timedelta(weeks=1)
# What a check is called: the catalogue takes its words from here, and mypy knows no other.
CheckName = Literal[
    "rights",
    "daemon",
    "daemon_error",
    "clock",
    "installation",
    "restored",
    "state_folder",
    "reconciled",
    "templates",
    "sealed",
    "overdue",
    "failing",
    "mail",
    "outbox",
    "report",
    "theme",
    "relay",
    "backup",
    "verify",
    "metrics",
    "offices",
    "policy",
    "events",
    "configuration",
]
SCHEDULED: dict[CheckName, timedelta] = {
    "backup": timedelta(days=2),
    "verify": timedelta(days=8),
    "metrics": timedelta(minutes=15),
    "report": timedelta(days=2),
}
LOOK_AHEAD = timedelta(weeks=8)
MOST_MAILS = 20


class Check(Struct, frozen=True, kw_only=True):
    """One thing that was checked; one that is ok may still carry a warning as its detail."""

    name: CheckName
    ok: bool
    detail: Phrase
    warns: bool = False


def _fine(name: CheckName, detail: Phrase) -> Check:
    return Check(name=name, ok=True, detail=detail)


def _warning(name: CheckName, detail: Phrase) -> Check:
    return Check(name=name, ok=True, detail=detail, warns=True)


def _wrong(name: CheckName, detail: Phrase) -> Check:
    return Check(name=name, ok=False, detail=detail)


def _judged(
    name: CheckName, fine: Phrase, found: Iterable[Phrase], *, warns: bool = False
) -> Iterator[Check]:
    """Yield a check for each thing that is wrong, or one that says that it is fine."""
    sentences = [*found]
    for detail in sentences:
        yield Check(name=name, ok=warns, detail=detail, warns=warns)
    if not sentences:
        yield _fine(name, fine)


def doctor(app: App) -> list[Check]:
    """Return every check; raises Unavailable when the database itself cannot be used."""
    kept = app.kept()
    with app.reading() as connection:
        usable = app.state.is_usable(register.read(connection).uid)
        restored = app.restored(connection, kept)
        known = usable or kept  # who only reads it, as on a disk that went read-only, sees it lag
        follows = known and not restored  # a folder follows what was put back once it is adopted
        since = register.unknown_since(connection, kept) if follows else None
        return [
            *_restored(app, restored, usable=usable),
            *_state_folder(app, since),
            *(check for examine in CHECKS for check in examine(connection, app)),
        ]


def _rights(connection: Transaction, app: App) -> Iterator[Check]:
    if app.database.is_sqlite:
        return
    fine = say("This role may do what it needs in the database.")
    yield from _judged("rights", fine, _rights_that_lack(connection))


def _rights_that_lack(connection: Transaction) -> Iterator[Phrase]:
    if lacking := lacking_rights(connection):
        yield say(
            "Nobody gave this role what it needs in the database: {rights}. {remedy}",
            rights="; ".join(f"{', '.join(rights)} ON {name}" for name, rights in lacking.items()),
            remedy=GRANTING,
        )
    if is_read_only(connection):
        yield say(
            "The database can only be read, as a standby: nothing fires by it. Name the server that"
            " writes in database.url."
        )


def latest_looks(beats: Iterable[register.Heartbeat]) -> dict[str, register.Heartbeat]:
    """Return the newest sign of life of each machine; a daemon that was restarted left two."""
    in_order = sorted(beats, key=lambda row: row.at)
    return {row.daemon.rpartition(":")[0] or row.daemon: row for row in in_order}


def _daemon(connection: Transaction, app: App) -> Iterator[Check]:
    now, signs = app.clock.now(), register.heartbeats(connection)
    beats = [row for row in signs if row.at < now + HEARTBEAT_AFTER]
    latest = max((row.at for row in beats or signs), default=None)
    stopped = _stopped(connection, beats or signs)
    if stopped and (latest is None or stopped < now + HEARTBEAT_AFTER):
        recent = abs(now - stopped) < HEARTBEAT_AFTER
        sentence = say("The daemon was stopped on {at}: start it again.", at=app.local(stopped))
        yield Check(name="daemon", ok=recent, detail=sentence, warns=True)
        return
    if latest is None:
        young = now - register.read(connection).created_at < FIRST_HOUR
        sentence = say("No daemon has run yet: start looptijd-daemon.")
        yield Check(name="daemon", ok=young, detail=sentence, warns=True)
        return
    ok = abs(now - latest) < HEARTBEAT_AFTER
    sentence = say("The last sign of life was on {at}.", at=app.local(latest))
    yield Check(name="daemon", ok=ok, detail=sentence)
    for host, row in latest_looks(beats).items():
        if ok and host != register.BY_HAND and HEARTBEAT_AFTER <= now - row.at < A_WEEK:
            gone = say(
                "The daemon on {host} was last seen on {at} and was not stopped on purpose;"
                " another one, or looptijd tick, watches.",
                host=host,
                at=app.local(row.at),
            )
            yield _warning("daemon", gone)
    for row in beats:
        if row.last_error and now - row.at < HEARTBEAT_AFTER:
            sentence = say("{daemon} reported: {error}", daemon=row.daemon, error=row.last_error)
            yield _wrong("daemon_error", sentence)


def _stopped(connection: Transaction, beats: Sequence[register.Heartbeat]) -> datetime | None:
    """Return when the last daemon was stopped on purpose; None when one or a tick came after.

    One that was killed before leaves its sign behind: it does not watch.
    """
    stopped = register.stopped_at(connection)
    if stopped is None:
        return None
    since = {register.BY_HAND: stopped}
    watched = any(row.at > since.get(row.daemon, stopped - HEARTBEAT_AFTER) for row in beats)
    return None if watched else stopped


def _clock(connection: Transaction, app: App) -> Iterator[Check]:
    jump = jump_of(register.read(connection), app.clock.now(), app)
    jumped = [jump_sentence(jump)] if jump else []
    yield from _judged("clock", say("The clock has not jumped."), jumped)


def _installation(connection: Transaction, app: App) -> Iterator[Check]:
    here, theirs = app.settings.municipality.installation, register.read(connection).installation
    other = say(
        "The register belongs to the installation “{theirs}”, this one is “{ours}”:"
        " no mail leaves.",
        theirs=theirs,
        ours=here,
    )
    wrong = [other] if theirs != here else []
    yield from _judged("installation", say("This is the installation “{name}”.", name=here), wrong)


def _restored(app: App, what: str | None, *, usable: bool) -> Iterator[Check]:
    fine = say("The register was not put back from a backup.")
    yield from _judged("restored", fine, [restored_sentence(what)] if what else [])
    if not usable:
        sentence = say(
            "The state folder {folder} cannot be written by who asks: whether a backup was put"
            " back shows only to who can.",
            folder=str(app.state.path),
        )
        yield _warning("state_folder", sentence)


def _state_folder(app: App, since: datetime | None) -> Iterator[Check]:
    """Check that the folder keeps up by which a backup is known, where there is one for all."""
    is_one = app.database.is_sqlite or app.settings.daemon.state_directory
    if is_one and since and app.clock.now() - since >= UNKNOWN_AFTER:
        sentence = say(
            "The state folder {folder} lags behind: it knows nothing of what happened since {at},"
            " so a backup that is put back would not be recognised. Make room there, or let the"
            " daemon write there.",
            folder=str(app.state.path),
            at=app.local(since),
        )
        yield _wrong("state_folder", sentence)


def _reconciled(connection: Transaction, app: App) -> Iterator[Check]:
    row, now = register.read(connection), app.clock.now()
    since = row.reconciled_at or row.created_at
    ok = now - since < RECONCILED_AFTER
    seal = seals.last(connection)
    if row.reconciled_at:
        sentence = say("Every agreement was held against its ledger on {at}.", at=app.local(since))
        yield Check(name="reconciled", ok=ok, detail=sentence)
    elif not ok:
        sentence = say("The agreements were not held against their ledger yet.")
        yield _wrong("reconciled", sentence)
    found = register.work_done(connection).get(RECONCILE)
    if found and found.last_error:
        yield _wrong("reconciled", not_mended(found.last_error.split(", ")))
    if seal.id:
        sentence = say("The fingerprint of {day} is {hash}.", day=seal.day, hash=seal.hash)
        yield _fine("sealed", sentence)


def _changed(connection: Transaction, app: App) -> Iterator[Check]:
    for name, problem in beyond_agreements(connection, reached(connection, app), {}):
        whose = stream_in_words(name)
        sentence = say("Somebody changed the database: {name}: {what}.", name=whose, what=problem)
        yield _wrong("reconciled", sentence)


def _overdue(connection: Transaction, app: App) -> Iterator[Check]:
    waiting = agreements.overdue(connection, app.clock.now() - OVERDUE_AFTER)
    late = say(
        "Alerts should have fired of these agreements ({count}): {refs}.",
        count=len(waiting),
        refs=", ".join(waiting[:5]),
    )
    fine = say("Every alert that was due has fired.")
    yield from _judged("overdue", fine, [late] if waiting else [])
    policy, now = policy_of(connection), reached(connection, app)
    unplanned = [s.ref for s in agreements.every(connection) if _is_unplanned(s, policy, now)]
    if unplanned:
        sentence = say(
            "These agreements would not be looked at when their facts demand it ({count}): {refs}."
            " Somebody changed the database. They are mended within a day; see: looptijd verify",
            count=len(unplanned),
            refs=", ".join(unplanned[:5]),
        )
        yield _wrong("overdue", sentence)


def _is_unplanned(stored: agreements.Stored, policy: Policy, now: datetime) -> bool:
    """Tell whether nothing would fire; one whose dates cannot be derived fails, and is told so."""
    try:
        demanded = as_demanded(stored.dossier, policy, now).next_alert_at
        return not is_looked_at_in_time(stored, demanded, now)
    except Exception:  # noqa: BLE001 - whatever one agreement raises stays with it
        return not stored.failures


def _failing(connection: Transaction, _app: App) -> Iterator[Check]:
    damaged = {item.ref: item.error for item in agreements.unreadable(connection)}
    wrong = [
        say("{ref} cannot be read: {error}", ref=ref, error=error) for ref, error in damaged.items()
    ]
    wrong += [
        say("{ref} fails ({count}×): {error}", ref=ref, count=failures, error=error)
        for ref, failures, error in agreements.failing(connection)
        if ref not in damaged
    ]
    yield from _judged("failing", say("No agreement fails."), wrong)


def _mail(connection: Transaction, app: App) -> Iterator[Check]:
    counts = queries.lost(connection)
    lost = [
        Phrase("{status} {count}", {"status": status_in_words(status), "count": counts[status]})
        for status in (MessageStatus.REFUSED, MessageStatus.EXPIRED, MessageStatus.UNKNOWN)
        if counts.get(status)
    ]
    fine = say("No mail was refused, expired or left in doubt.")
    wrong = say("Mail needs a look: {counts}.", counts=listed(lost))
    yield from _judged("mail", fine, [wrong] if lost else [])
    if held := queries.by_status(connection).get(MessageStatus.HELD):
        waits = say(
            "Mails held: {count}. Let each go with looptijd mail retry, or end it with"
            " looptijd mail cancel.",
            count=held,
        )
        yield _warning("mail", waits)
    for row in queries.uncomposed(connection)[:MOST_MAILS]:
        waits = say(
            "Mail {number} about {ref} waits and could not be composed: {error}",
            number=row.id,
            ref=row.ref or row.office,
            error=row.last_error,
        )
        yield _wrong("mail", waits)
    stuck = queries.stuck(connection, app.clock.now() - STUCK_AFTER)
    wrong = say("Mails that have waited for more than an hour: {count}.", count=stuck)
    yield from _judged("outbox", say("No mail is stuck."), [wrong] if stuck else [])


def _relay(connection: Transaction, app: App) -> Iterator[Check]:
    count, reply = queries.not_taken(connection)
    sentence = say(
        "Mails that the relay has not taken: {count}; it last said: {reply}.",
        count=count,
        reply=fault_in_words(reply),
    )
    yield from _judged("relay", say("No mail waits for the relay."), [sentence] if count else [])
    mail = app.settings.mail
    greetings = {
        name.removeprefix("relay "): row
        for name, row in register.work_done(connection).items()
        if name.startswith("relay ") and app.clock.now() - row.at < GREETED_AFTER
        if mail.transport == "smtp"
    }
    yield from (_greeted(app, host, row) for host, row in greetings.items())
    try:
        transport_of(app)
    except (UnencryptedMailError, BadSettings) as refusal:
        if not isinstance(refusal.__cause__, PermissionError):  # it is the daemon's alone to read
            yield _wrong("relay", refusal.sentences[0])
    if mail.transport == "smtp" and mail.username and not (mail.password_file or greetings):
        sentence = say(
            "mail.username is set, mail.password_file is empty, and no daemon has logged in yet: it"
            " needs the credential looptijd.mail.password."
        )
        yield _warning("relay", sentence)


def _greeted(app: App, host: str, row: register.Heartbeat) -> Check:
    """Return what a daemon heard when it last greeted the relay and logged in."""
    mail, at = app.settings.mail, app.local(row.at)
    where = f"{mail.host}:{mail.port}"
    if not row.last_error:
        fine = say("The relay {where} took the daemon's greeting on {at}.", where=where, at=at)
        return _fine("relay", fine)
    wrong = say(
        "The relay {where} cannot be used by the daemon on {host}: {reason}.",
        where=where,
        host=host,
        reason=fault_in_words(row.last_error.rstrip(".")),
    )
    return _wrong("relay", wrong)


def _scheduled(connection: Transaction, app: App) -> Iterator[Check]:
    """Check that work which was scheduled is still done; in production a backup is missed."""
    done, now = register.work_done(connection), app.clock.now()
    for work, within in SCHEDULED.items():
        row = done.get(work)
        if row and (work != "report" or app.settings.report.directory):
            yield _done(app, work, row, late=now - row.at > within)
    in_production = app.settings.municipality.installation == "production"
    is_old = now - register.read(connection).created_at > A_WEEK
    if in_production and is_old and app.database.is_sqlite and "backup" not in done:
        sentence = say(
            "No scheduled backup is known. Type: systemctl enable --now looptijd-backup.timer; or"
            " add --scheduled to your own looptijd backup."
        )
        yield _warning("backup", sentence)


def _done(app: App, work: CheckName, row: register.Heartbeat, *, late: bool) -> Check:
    at = app.local(row.at)
    if row.last_error:
        sentence = say("It failed on {at}: {error}", at=at, error=row.last_error)
    elif late:
        days = Period(0, (app.clock.now() - row.at).days)
        sentence = say("The last one is {age} old, of {at}.", age=days, at=at)
        if not days.days:
            sentence = say("The last one is of {at}.", at=at)
    else:
        sentence = say("It was last done on {at}.", at=at)
    return Check(name=work, ok=not row.last_error, detail=sentence, warns=late)


def _offices(connection: Transaction, app: App) -> Iterator[Check]:
    _, today = policy_and_today(connection, app)
    known = offices.reachable(connection)
    every = (stored.dossier.agreement for stored in agreements.every(connection))
    running = (agreement for agreement in every if agreement.stage is not Stage.ENDED)
    asked = sorted({key for agreement in running for key in offices_of(agreement)})
    unreachable = [key for key in asked if resolve(known, key, today) is None]
    wrong = say("Nobody is reached through: {names}.", names=", ".join(unreachable))
    yield from _judged(
        "offices",
        say("Somebody can be reached for every office of a running agreement."),
        [wrong] if unreachable else [],
    )
    yield from _gaps(known, [key for key in asked if key not in unreachable], today)


def _gaps(known: Offices, keys: list[str], today: date) -> Iterator[Check]:
    """Warn of each office through which nobody will be reached within eight weeks."""
    for key in keys:
        day = first_gap(known, key, today, today + LOOK_AHEAD)
        if day:
            sentence = say(
                "Nobody will be reached through {key} from {day} on."
                " Name a holder: looptijd office handover {key} --to NAME --email ADDRESS"
                " --from DATE",
                key=key,
                day=day,
            )
            yield _warning("offices", sentence)


def _policy(connection: Transaction, app: App) -> Iterator[Check]:
    same = policies.is_same(policy_of(connection), app.configuration.policy)
    differs = say("The configuration differs from the policy in force: looptijd policy diff.")
    agrees = say("The policy in force is the configured one.")
    yield Check(name="policy", ok=True, detail=agrees if same else differs, warns=not same)


def _configuration(_connection: Transaction, app: App) -> Iterator[Check]:
    fine = say("The configuration is complete.")
    yield from _judged("configuration", fine, _unwise(app), warns=True)


def _unwise(app: App) -> Iterator[Phrase]:
    """Yield what is allowed, and had better be configured otherwise."""
    settings = app.settings
    if not settings.mail.operator:
        yield say("mail.operator is empty: nobody is told of incidents by mail.")
    if not app.database.is_sqlite and not settings.daemon.state_directory:
        yield say(
            "daemon.state_directory is empty: the daemon and the commands may each keep a state"
            " folder of their own. Name one folder for all."
        )
    file = app.database.file
    if file and Path(file).stat().st_nlink > 1:
        yield say(
            "The file of the database, {file}, has another name as well (a hard link): who works"
            " under that name does not see what is recorded here, and may destroy it. Remove the"
            " other name.",
            file=file,
        )
    if _shows_password(app):
        yield say(
            "Everybody may read the password that stands in {file}. Type: sudo chmod o-r {file}",
            file=str(app.configuration.file),
        )
    production = settings.municipality.installation == "production"
    if production and settings.mail.transport == "directory":
        yield say("This is production, but mail is written to a folder.")
    if production and settings.mail.redirect_all_to:
        yield say(
            "This is production, but every mail goes to {address}: empty mail.redirect_all_to.",
            address=settings.mail.redirect_all_to,
        )


def _shows_password(app: App) -> bool:
    """Tell whether the configuration's file holds the database's password, and is open to all."""
    file = app.configuration.file
    if file is None or not app.database.has_password or not file.stat().st_mode & stat.S_IROTH:
        return False
    return app.settings.database.url in file.read_text(encoding="utf-8")


def _events(connection: Transaction, app: App) -> Iterator[Check]:
    """Check that the file which others follow keeps up, where one is configured."""
    events = events_file(app)
    if events is None:
        return
    ok = False
    try:
        since = waits_since(connection, events, register.mark(connection).events)
        ok = since is None or app.clock.now() - since < UNPUBLISHED_AFTER
        detail = say("The file of events is up to date.")
        if since:
            detail = say("The file of events lacks what happened since {at}.", at=app.local(since))
    except Refusal as refusal:
        detail = refusal.sentences[0]
    except OSError as error:
        detail = events.not_written(error).sentences[0]
    yield Check(name="events", ok=ok, detail=detail)


def _templates(_connection: Transaction, app: App) -> Iterator[Check]:
    if own := app.configuration.templates:
        fine = say("Every mail can be written with your own templates.")
        yield from _judged("templates", fine, faults(app, own, samples(app)))


def _theme(_connection: Transaction, app: App) -> Iterator[Check]:
    if app.configuration.theme is None:
        return
    wrong: tuple[Phrase, ...] = ()
    try:
        theme(app.configuration.theme)
    except BadTheme as refusal:
        wrong = refusal.sentences
    yield from _judged("theme", say("Report and mails are dressed in your own theme."), wrong)


CHECKS: tuple[Callable[[Transaction, App], Iterator[Check]], ...] = (
    _rights,
    _daemon,
    _clock,
    _installation,
    _reconciled,
    _changed,
    _overdue,
    _failing,
    _mail,
    _relay,
    _scheduled,
    _offices,
    _policy,
    _events,
    _configuration,
    _templates,
    _theme,
)
