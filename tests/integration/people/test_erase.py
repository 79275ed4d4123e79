"""Erasing a person: nothing names them any more but the dossier, and every chain stays whole."""

import json
import quopri
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import date, time
from errno import ENOSPC
from operator import attrgetter
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from notifications.language import language
from notifications.transport import Outcome, Verdict
from states.model.phrase import Refusal
from tests import store
from tests.agreements import at
from tests.announced import GELD, IN_DOUBT
from tests.town import CASE, OFFICES, REF, Town, running, the_usual_town, visiting, walked_once
from workflow.agreements.queries import details, history, lines
from workflow.agreements.simulate import simulate
from workflow.app.app import policy_of
from workflow.mail import queue
from workflow.mail.delivery import Outbox
from workflow.maintenance.adopt import Choice, adopt
from workflow.maintenance.setup import adopt_policy
from workflow.outputs.json.views import Views
from workflow.people import erase as erasing
from workflow.people.erase import Erased, erase, touched_by
from workflow.people.office_queries import office_history, office_lines
from workflow.system.refusals import NotFound, Refused
from workflow.system.settings import Calendar, Mail
from workflow.system.state_folder import StateFolder

pytestmark = pytest.mark.on_sqlite

NAME, ADDRESS = "A. Janssen", "a.janssen@maastricht.example"
DEFERRED = Outcome(Verdict.DEFERRED, "450 4.2.0 <a.janssen@maastricht.example>: A. Janssen? Later")
REFUSED = Outcome(Verdict.REFUSED, "550 5.1.1 <a.janssen@maastricht.example> unknown")
OWNER = f'case_owner = {{ name = "{NAME}", email = "{ADDRESS}" }}'


def erased(town: Town, person: str = NAME, reason: str = "uit dienst", by: str = "bob") -> Erased:
    """Erase somebody."""
    return erase(town.app, person, by=by, reason=reason)


def refusal(town: Town, person: str = NAME, **parts: str) -> Refusal:
    """Return the refusal of an erasure, which changes nothing at all."""
    before = contents(town)
    with pytest.raises(Refusal) as caught:
        erased(town, person, **parts)
    assert contents(town) == before
    return caught.value


def contents(town: Town) -> dict[str, list[Any]]:
    """Return every row of every table."""
    return {
        name: sorted(map(tuple, town.query(f"SELECT * FROM {name}")), key=str)  # noqa: S608
        for name in store.tables()
    }


def standing(town: Town, word: str) -> list[str]:
    """Return where a word still stands: in which tables, and in which bytes of SQLite's files."""
    found = [
        name
        for name, rows in contents(town).items()
        for row in rows
        for value in row
        if word.lower() in _text(value).lower()
    ]
    files = sorted(town.folder.glob("looptijd.db*")) if town.app.database.is_sqlite else []
    return found + [
        file.name for file in files if word.lower().encode() in file.read_bytes().lower()
    ]


def _text(value: object) -> str:
    if isinstance(value, (bytes, memoryview)):
        content = bytes(value)
        return " ".join((content + quopri.decodestring(content)).decode(errors="replace").split())
    return str(value)


def actions(town: Town, stream: str = f"agreement:{REF}") -> list[str]:
    """Return what happened in a stream, in order."""
    rows = town.query("SELECT payload FROM event WHERE stream = :s ORDER BY seq", s=stream)
    return [json.loads(row.payload)["action"] for row in rows]


# Nothing is left ---------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [NAME, ADDRESS, "  a. JANSSEN ", "A.Janssen@Maastricht.EXAMPLE"])
def test_after_erasing_neither_name_nor_address_stands_anywhere(town: Town, person: str) -> None:
    town.in_force(until="2018-01-02 09:00")
    town.do("note", text="gebeld met A.  Janssen, a.janssen@maastricht.example")
    town.do("amend", reason="verzoek van A. Janssen", short_title="Leiden")
    assert standing(town, NAME)
    assert standing(town, ADDRESS)

    done = erased(town, person)

    assert standing(town, NAME) == []
    assert standing(town, ADDRESS) == []
    assert standing(town, "janssen") == []
    assert (done.streams, done.values, done.waiting, done.rewritten) == (1, 4, 0, True)
    assert town.problems() == []


def test_what_was_erased_is_named_by_an_event_that_changes_nothing(town: Town) -> None:
    town.in_force().do("note", text="gebeld met A. Janssen")
    facts = town.scalar("SELECT facts FROM facts")
    seq = town.scalar("SELECT seq FROM agreement")
    erased(town)

    assert town.scalar("SELECT facts FROM facts") == facts
    assert town.scalar("SELECT seq FROM agreement") == seq + 1
    last = history(town.app, REF)[-1].event
    assert (last.action, last.actor, last.reason) == ("erase", "bob", "uit dienst")
    assert last.stage is last.stage_before
    assert [(change.field, change.old, change.new) for change in last.changes] == [
        ("case_owner.name", "(erased)", "(erased)"),
        ("case_owner.email", "(erased)", "(erased)"),
        (f"event.{seq}.reason", "(erased)", None),
    ]
    assert town.problems() == []


def test_who_says_so_and_why_can_be_erased_in_turn(town: Town) -> None:
    town.in_force()
    erased(town, reason="verzoek, via C. Dols", by="B. Bol")
    erased(town, "B. Bol")
    assert standing(town, "Bol") == []
    last = history(town.app, REF)[-2].event
    assert (last.actor, last.reason) == ("(erased)", "verzoek, via C. Dols")
    assert town.problems() == []


def test_an_actor_is_erased_wherever_they_acted(town: Town) -> None:
    town.in_force()
    done = erased(town, "griffier Smeets")
    assert done.streams == 5  # the agreement and four offices
    assert standing(town, "Smeets") == []
    assert history(town.app, REF)[0].event.actor == "(erased)"
    assert town.problems() == []


def test_what_is_left_of_mail_is_that_it_was_sent(town: Town) -> None:
    town.in_force()
    before = town.mails("id, message_id, status, subject, accepted_at, rule, cause")
    erased(town)
    assert town.mails("id, message_id, status, subject, accepted_at, rule, cause") == before
    assert town.mails("address, content", where="role = 'case_owner' AND subject <> ''") == [
        (None, None),
        (None, None),
    ]


def test_mails_to_others_are_erased_where_they_name_the_case_owner(town: Town) -> None:
    town.in_force()
    erased(town)
    assert set(town.mails("content", where="accepted_at IS NOT NULL")) == {None}


def test_a_name_is_found_as_it_was_written_whatever_small_letters_were_typed(town: Town) -> None:
    town.register(OFFICES, CASE.replace("A. Janssen", "K. Strauß")).do(
        "note", text="gebeld met K. Strauß"
    )
    assert erased(town, "k. strauss").values == 3
    assert standing(town, "Strauß") == []


@pytest.mark.parametrize("person", ["Q. Quint", "q.quint@m.example"])
def test_who_stands_in_notes_and_reasons_alone_is_erased_as_well(town: Town, person: str) -> None:
    town.in_force().do("note", text="gebeld met q. quint (q.quint@m.example)")
    town.do("amend", reason="vraag van Q. Quint, q.quint@m.example", short_title="Leiden")
    done = erased(town, person)
    assert (done.streams, done.values) == (1, 2)
    assert standing(town, "quint") == []
    assert town.problems() == []


def test_no_note_or_mail_is_erased_that_names_a_party(town: Town) -> None:
    town.in_force().do("note", text="gebeld met Provincie Limburg")
    found = refusal(town, "Provincie Limburg")
    assert str(found.sentences[0]) == "Nothing under this name or address can be erased."


# The dossier stays -------------------------------------------------------------------------------


@pytest.mark.on_both
def test_names_of_those_who_decided_and_signed_stay(town: Town) -> None:
    town.in_force()
    done = erased(town, "wethouder Gerats")
    assert (done.streams, done.values) == (1, 2)
    agreement = details(town.app, REF).agreement
    assert agreement.overleg
    assert agreement.overleg.attended == "wethouder Gerats"
    assert [party.signatory for party in agreement.party.values()] == ["wethouder Gerats", None]
    assert standing(town, "gerats@maastricht.example") == []
    assert set(standing(town, "wethouder Gerats")) <= {"event", "facts", "looptijd.db"}
    assert town.problems() == []


def test_where_the_name_still_stands_is_told(town: Town) -> None:
    town.in_force()
    assert erased(town, "wethouder Gerats").stays_in == (REF,)
    found = refusal(town, "wethouder Gerats")
    nothing, where = map(str, found.sentences)
    assert nothing == "Nothing under this name or address can be erased."
    assert where.startswith(f"The name or address still stands in: {REF}. A dossier keeps who")
    town.do("amend", purpose="Vraag A. Janssen of bel a.janssen@maastricht.example.", reason="x")
    assert erased(town).stays_in == (REF,)


@pytest.mark.on_both
def test_a_name_that_stays_and_may_be_the_persons_is_told(town: Town) -> None:
    """Who was written in two ways would be believed to be gone."""
    town.in_force().do("amend", reason="spelling", **{"case_owner.name": "A. Jánssen"})
    assert erased(town).like_it == ("A. Jánssen",)
    assert erased(town, "A. Jánssen").like_it == ()


def test_a_state_folder_that_cannot_be_told_is_said_and_keeps_nobody_from_being_erased(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup that is put back would bring the person back."""

    def fails(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    town.in_force()
    monkeypatch.setattr(StateFolder, "note_erased", fails)
    assert not erased(town).kept_outside
    assert standing(town, NAME) == []


def test_who_adopted_a_policy_is_erased_in_the_ledger_of_the_register(town: Town) -> None:
    wide = town.in_force().configured(calendar=Calendar(alert_time=time(9)))
    adopt_policy(wide.app, by="Jan Kanarie")
    erased(wide, "Jan Kanarie")
    assert standing(wide, "Kanarie") == []
    (last,) = wide.query(
        "SELECT payload FROM event WHERE stream = 'register' ORDER BY seq DESC LIMIT 1"
    )
    assert json.loads(last.payload)["action"] == "erase"
    assert wide.problems() == []


def test_what_stands_nowhere_any_more_is_not_told_to_stay(town: Town) -> None:
    town.in_force().do("note", text="gebeld met A. Janssen")
    assert erased(town).stays_in == ()


def test_others_stay_as_they_are(town: Town) -> None:
    town.in_force(until="2017-10-27 09:00")
    others = town.query("SELECT * FROM private ORDER BY token")
    erased(town)
    kept = town.query("SELECT token, stream, salt, value FROM private ORDER BY token")
    assert [row for row in others if row.value not in {NAME, ADDRESS}] == [
        row for row in kept if row.value not in {"bob", "uit dienst"}
    ]


def test_an_address_that_another_uses_as_well_is_not_erased_for_the_other(town: Town) -> None:
    shared = OFFICES.replace("bastiaens@maastricht.example", "gerats@maastricht.example")
    town.register(shared, CASE).decided().signed()
    town.until("2018-10-27 09:00")
    town.do("note", text="gemaild aan gerats@maastricht.example")
    done = erased(town, "wethouder Gerats")
    assert (done.streams, done.values) == (1, 2)
    (line,) = [line for line in office_lines(town.app) if line.office.key == "sociaal-domein"]
    assert (line.holder, line.email) == ("wethouder Bastiaens", "gerats@maastricht.example")
    assert history(town.app, REF)[-1].event.reason == "gemaild aan gerats@maastricht.example"
    assert town.mails("cause, address", where="role = 'office' AND accepted_at IS NOT NULL") == [
        ("event:4", None),
        ("activation:term:2017-10-12:P0D", None),
        ("payment:1:2017-10-12:+P2W", None),
        ("payment:2:2018-10-12:+P2W", "gerats@maastricht.example"),
    ]


def test_a_case_owner_of_before_is_erased_and_who_came_after_stays(town: Town) -> None:
    town.in_force().do(
        "amend",
        reason="overdracht",
        **{"case_owner.name": "B. Bol", "case_owner.email": "b.bol@maastricht.example"},
    )
    erased(town)
    private = details(town.app, REF).private
    assert sorted(private.values()) == ["B. Bol", "b.bol@maastricht.example"]
    last = history(town.app, REF)[-1].event
    assert [change.field for change in last.changes] == [
        "event.1.case_owner.name",
        "event.1.case_owner.email",
    ]
    assert town.problems() == []
    town.until("2018-08-17 09:00")
    assert "b.bol@maastricht.example" in [mail.to for mail in town.relay.accepted]


def test_a_successor_that_took_the_case_owner_over_forgets_as_well(town: Town) -> None:
    town.in_force(until="2020-07-13 09:00")
    town.do("conclude", report="R", conclusion="Goed.", on="2020-07-13")
    town.do("decide", outcome="continue")
    done = erased(town)
    assert done.streams == 2
    assert actions(town, "agreement:SO-2017-0042-2") == ["register", "erase"]
    assert town.problems() == []


def test_a_successor_takes_no_case_owner_over_who_was_erased(town: Town) -> None:
    town.in_force(until="2020-07-13 09:00")
    erased(town)
    town.do("conclude", report="R", conclusion="Goed.", on="2020-07-13")
    town.do("decide", outcome="continue")
    assert details(town.app, "SO-2017-0042-2").agreement.case_owner is None
    assert town.problems() == []


# Others at work meanwhile ------------------------------------------------------------------------


def continues(town: Town) -> None:
    """Let another agreement follow, which takes the case owner over."""
    town.do("decide", outcome="continue")


def adopts(town: Town) -> None:
    """Adopt another hour of alerts."""
    adopt_policy(town.configured(calendar=Calendar(alert_time=time(10))).app)


def test_an_old_file_brings_back_nobody_who_was_erased(town: Town) -> None:
    town.register(OFFICES)
    erased(town, "wethouder Gerats")
    problem, *_ = town.importing(OFFICES).problems
    assert (problem.key, str(problem.problem)) == (
        "holder.1.name",
        "who held the office from 2014-05-20 on was erased.",
    )
    assert standing(town, "Gerats") == []


@pytest.mark.on_both
@pytest.mark.parametrize("moment", ["_erase", "register.raise_high_water"])
@pytest.mark.parametrize("work", [Town.deliver, continues, adopts])
def test_who_works_while_somebody_is_erased_brings_no_name_back(
    town: Town, work: Callable[[Town], object], moment: str
) -> None:
    town.in_force(until="2020-07-13 07:00")
    town.do("conclude", report="R", conclusion="Goed.", on="2020-07-13")
    town.register(running("A-1", start="2020-01-14", more=OWNER), history=True)
    town.at("2020-07-13 08:00").tick()
    other, goes_on = town.another(), attrgetter(moment)(erasing)
    with ThreadPoolExecutor(1) as pool, visiting(other):
        working = list[Future[object]]()

        def beside(*arguments: Any, **named: Any) -> Any:
            working.append(pool.submit(work, other))
            wait(working, timeout=0.5)
            return goes_on(*arguments, **named)

        with patch(f"{erasing.__name__}.{moment}", beside):
            done = erased(town)
        working[0].result()
    assert done.waiting == 0
    assert standing(town, "janssen") == []
    assert town.problems() == []


# Who was erased is not there ---------------------------------------------------------------------


def test_an_erased_case_owner_gets_no_mail_and_is_answered_no_more(town: Town) -> None:
    town.in_force()
    erased(town)
    town.until("2017-10-13 09:00")
    assert [(mail.to, mail.header("Reply-To")) for mail in town.relay.accepted] == [(GELD, "None")]
    assert town.mails("role, status, last_error", where="cause LIKE '%+P1D'") == [
        ("finance", "accepted", None),
        ("case_owner", "cancelled", "de dossierhouder is niet meer bekend"),
    ]


def test_an_erased_holder_is_passed_over_by_mail(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1"), history=True)
    erased(town, "wethouder Bastiaens")
    town.until("2018-06-29 09:00")
    assert [mail.to for mail in town.relay.attempts] == ["secretariaat@maastricht.example"]
    assert [mail.header("To") for mail in town.relay.attempts] == [
        "team secretariaat <secretariaat@maastricht.example>"
    ]


def alone(town: Town) -> Town:
    """Let one agreement run, of which nobody stands in for the holder of its office."""
    offices = OFFICES.replace('fallback = "secretariaat"', "")
    return town.at("2018-06-05 10:00").register(offices, running("A-1"), history=True)


def test_an_office_whose_holder_was_erased_is_held_by_nobody(town: Town) -> None:
    alone(town)
    assert [check.ok for check in town.checks("offices")] == [True]
    erased(town, "wethouder Bastiaens")
    (check,) = town.checks("offices")
    assert (check.ok, str(check.detail)) == (False, "Nobody is reached through: sociaal-domein.")
    (line,) = lines(town.app, attention_only=True)
    assert list(map(str, line.attention)) == [
        "Nobody holds the office “sociaal-domein”, nor one that stands in for it."
    ]
    town.until("2018-06-29 09:00")
    assert town.relay.attempts == []


def test_the_office_of_payments_is_looked_at_as_well(town: Town) -> None:
    town.register(OFFICES.replace('fallback = "secretariaat"', ""), CASE).decided().signed()
    erased(town, "team geld")
    (line,) = lines(town.app, attention_only=True)
    assert "Nobody holds the office “financien”, nor one that stands in for it." in map(
        str, line.attention
    )
    town.until("2017-10-13 09:00")
    assert town.mails("role, status", where="cause LIKE '%+P1D'") == [
        ("finance", "queued"),
        ("case_owner", "accepted"),
    ]


def test_offices_show_who_was_erased_and_who_is_reached_instead(town: Town) -> None:
    alone(town)
    erased(town, "bastiaens@maastricht.example")
    lines_by_key = {str(line.office.key): line for line in office_lines(town.app)}
    own = lines_by_key["sociaal-domein"]
    assert (own.holder, own.email, own.resolves_through, own.erased) == (None, None, None, True)
    assert lines_by_key["financien"].erased is False
    holders, events = office_history(town.app, "sociaal-domein")
    assert [(line.name, line.email) for line in holders] == [
        ("wethouder Gerats", "gerats@maastricht.example"),
        (None, None),
    ]
    assert [line.event.action for line in events] == ["office", "erase"]


def test_what_an_erasure_touches_is_told_before_it_and_nothing_is_written(town: Town) -> None:
    alone(town)
    before = contents(town)
    found = touched_by(town.app, "bastiaens@maastricht.example")
    assert (found.refs, found.offices, found.left) == ((), ("sociaal-domein",), ("sociaal-domein",))
    earlier = touched_by(town.app, "wethouder Gerats")
    assert (earlier.offices, earlier.left) == (("sociaal-domein",), ())
    nobody = touched_by(town.app, "niemand")
    assert (nobody.refs, nobody.offices, nobody.mails) == ((), (), 0)
    assert contents(town) == before


@pytest.mark.on_both
def test_what_an_erasure_touches_is_told_of_an_office_whose_row_is_gone_too(town: Town) -> None:
    alone(town)
    town.change("DELETE FROM office WHERE key = 'sociaal-domein'")
    found = touched_by(town.app, "bastiaens@maastricht.example")
    assert (found.offices, found.left) == (("sociaal-domein",), ())


def test_who_acted_on_the_register_alone_is_told_as_well_so_that_it_is_asked(town: Town) -> None:
    town.in_force().change("UPDATE register SET restored = 'put back'")
    adopt(town.app, Choice.DROP, by="B. Beheer")
    found = touched_by(town.app, "B. Beheer")
    assert (found.refs, found.offices, found.register) == ((), (), True)
    assert touched_by(town.app, NAME).register is False


def test_the_agreements_and_mails_that_an_erasure_touches_are_named(town: Town) -> None:
    town.in_force(until="2018-01-02 09:00")
    found = touched_by(town.app, NAME)
    assert (found.refs, found.offices) == ((REF,), ())
    assert found.mails == erased(town).mails > 0


def test_an_erased_holder_is_followed_up(town: Town) -> None:
    alone(town)
    erased(town, "wethouder Bastiaens")
    town.hand_over("sociaal-domein", "claessen@maastricht.example", since=date(2018, 6, 6))
    town.until("2018-06-29 09:00")
    assert {mail.to for mail in town.relay.attempts} == {"claessen@maastricht.example"}
    assert town.problems() == []


def test_everything_that_reads_says_that_it_was_erased(town: Town) -> None:
    town.in_force()
    erased(town)
    views = Views(language("nl"), town.app.local)
    with town.app.reading() as connection:
        shown = views.plain(views.details(details(town.app, REF), policy_of(connection)))
    assert shown["case_owner"] == {"name": "(gewist)", "email": "(gewist)"}
    first = views.event(history(town.app, REF)[0])
    changed = {change["field"]: change["new"] for change in first["changes"]}
    assert changed["case_owner.email"] == "(gewist)"
    assert views.plain(views.mail(queue.one(town.app, "1"), held=None))["to"] == "(gewist)"


@pytest.mark.on_both
def test_a_simulation_of_an_erased_person_still_runs(town: Town) -> None:
    town.in_force().do("amend", reason="ander adres", **{"case_owner.email": "j@m.example"})
    erased(town, ADDRESS)
    town.do("note", text="daarna")
    erased(town, "j@m.example")
    foreseen = simulate(town.app, [REF], until=date(2020, 10, 13))
    assert foreseen[-1].event.occurrence == "expiry:term:2020-10-12:P0D"
    again = simulate(town.app, [REF], until=date(2020, 10, 13), since=date(2017, 6, 1))
    assert again[-1].event.occurrence == "expiry:term:2020-10-12:P0D"
    assert {mail.to for row in foreseen for mail in row.mails} <= {
        GELD,
        "gerats@maastricht.example",
        "bastiaens@maastricht.example",
        "secretariaat@maastricht.example",
    }


def test_the_file_that_was_imported_is_still_known(town: Town) -> None:
    town.in_force()
    erased(town)
    assert town.importing(CASE).unchanged == [REF]
    assert standing(town, NAME) == []


def test_a_case_owner_in_a_file_is_not_taken_over_in_silence_after_an_erasure(town: Town) -> None:
    assert town.in_force().importing(CASE).warnings == []
    erased(town)
    another = CASE.replace(ADDRESS, "b.bol@maastricht.example").replace(NAME, "B. Bol")
    for file in (CASE, another):
        ((_, sentence),) = town.importing(file).warnings
        assert str(sentence) == (
            "The case owner in the file is not taken over, for the first one was erased. Another is"
            " entered with: looptijd do SO-2017-0042 amend case_owner.name=… case_owner.email=…"
            " --reason …"
        )
    bol = {"case_owner.name": "B. Bol", "case_owner.email": "b.bol@maastricht.example"}
    town.do("amend", reason="opvolger", **bol)
    assert town.importing(another).warnings == []


# Mail that has not left --------------------------------------------------------------------------


@walked_once
def deferred(town: Town) -> Town:
    """Let the relay defer both mails of an announced evaluation; both name the case owner."""
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1", more=OWNER), history=True)
    town.at("2018-06-29 08:00").tick()
    town.relay.answers(DEFERRED, DEFERRED)
    town.deliver()
    return town


def test_a_mail_that_waits_is_composed_anew_without_the_person(town: Town) -> None:
    deferred(town)
    done = erased(town)
    assert (done.mails, done.waiting) == (2, 0)
    assert standing(town, "janssen") == []
    assert town.mails("status, attempts, last_error") == [
        ("queued", 1, "450 4.2.0 <(gewist)>: (gewist)? Later"),
        ("queued", 1, "450 4.2.0 <(gewist)>: (gewist)? Later"),
    ]
    town.relay.forget()
    town.later(minutes=1).deliver()
    (mail,) = town.relay.accepted
    assert (mail.to, mail.header("Reply-To")) == ("bastiaens@maastricht.example", "None")
    assert town.mails("status, last_error") == [
        ("accepted", None),
        ("cancelled", "de dossierhouder is niet meer bekend"),
    ]


def test_a_mail_that_tells_for_another_row_is_still_the_one_that_leaves(town: Town) -> None:
    same = 'case_owner = { name = "A. Janssen", email = "bastiaens@maastricht.example" }'
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1", more=same), history=True)
    town.at("2018-06-29 08:00").tick()
    town.relay.answers(DEFERRED)
    town.deliver()
    assert town.mails("role, status, merged_into") == [
        ("office", "retry", None),
        ("case_owner", "cancelled", 1),
    ]
    erased(town)
    town.relay.forget()
    town.later(minutes=1).deliver()
    assert [mail.to for mail in town.relay.accepted] == ["bastiaens@maastricht.example"]
    assert town.mails("role, status") == [("office", "accepted"), ("case_owner", "cancelled")]
    town.later(days=2).deliver()
    assert len(town.relay.attempts) == 1


def test_a_mail_in_doubt_stays_as_it_was_is_counted_and_goes_when_it_is_done(town: Town) -> None:
    deferred(town)
    town.relay.answers(IN_DOUBT)
    town.later(minutes=1).deliver()
    assert town.mails("status") == ["unknown", "accepted"]
    first = erased(town)
    assert (first.mails, first.waiting) == (1, 1)
    town.later(minutes=15).deliver()
    assert len({mail.content for mail in town.relay.attempts if "bastiaens" in mail.to}) == 2

    second = erased(town, ADDRESS)
    assert (second.streams, second.values, second.mails, second.waiting) == (0, 0, 1, 0)
    assert standing(town, "janssen") == []
    with pytest.raises(NotFound):
        erased(town, ADDRESS)
    assert town.problems() == []


BASTIAENS = """[[office.holder]]
name = "wethouder Bastiaens"
email = "bastiaens@maastricht.example"
from = 2018-06-01
"""


def test_a_carried_row_never_leads_the_mail_of_a_row_that_is_leased(town: Town) -> None:
    gerats = OFFICES.replace(BASTIAENS, "").replace("until = 2018-05-31\n", "")
    town.register(gerats.replace("geld@", "gerats@"), CASE).decided().signed()
    town.until("2017-10-25 09:00").at("2017-10-26 08:00").tick()
    town.relay.answers(DEFERRED, DEFERRED)
    town.deliver()
    assert town.mails("role, status", where="cause LIKE '%+P2W'") == [
        ("finance", "retry"),
        ("office", "cancelled"),  # told in the mail to finance, which has the same address
        ("case_owner", "retry"),
    ]
    town.do("terminate", reason="samen besloten", ends_on="2020-01-01")
    town.hand_over("sociaal-domein", "claessen@maastricht.example", since=date(2017, 10, 26))
    erased(town)
    town.relay.forget()
    town.later(minutes=1).deliver()
    assert sorted(mail.to for mail in town.relay.accepted) == [
        "claessen@maastricht.example",  # the termination and the payment
        "claessen@maastricht.example",  # the handover
        "gerats@maastricht.example",
    ]
    assert set(town.mails("status")) == {"accepted", "cancelled"}


def test_a_mail_that_was_in_doubt_and_waits_again_stays_as_it_was(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1", more=OWNER), history=True)
    town.at("2018-06-29 08:00").tick()
    town.relay.answers(IN_DOUBT, Outcome(Verdict.ACCEPTED), Outcome(Verdict.DEFERRED, "450 Later"))
    town.deliver()
    town.later(minutes=15).deliver()
    assert town.mails("status, doubts")[0] == ("retry", 1)
    assert erased(town).waiting == 1
    town.later(minutes=5).deliver()
    contents = {mail.content for mail in town.relay.attempts if "bastiaens" in mail.to}
    assert len(contents) == 1
    assert erased(town).waiting == 0
    assert standing(town, "janssen") == []


def test_a_mail_that_was_in_doubt_and_refused_is_composed_anew_when_it_is_retried(
    town: Town,
) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1", more=OWNER), history=True)
    town.at("2018-06-29 08:00").tick()
    town.relay.answers(IN_DOUBT, Outcome(Verdict.ACCEPTED), REFUSED)
    town.deliver()
    town.later(minutes=15).deliver()
    assert town.mails("status, doubts")[0] == ("refused", 1)
    erased(town)
    town.relay.forget()
    queue.retry(town.app, "1")
    town.deliver()
    (mail,) = town.relay.accepted
    assert (mail.to, mail.header("Reply-To")) == ("bastiaens@maastricht.example", "None")


@pytest.mark.on_both
def test_a_mail_under_way_stays_as_it_is_and_goes_later(town: Town) -> None:
    deferred(town)
    town.later(minutes=1)
    parcel = town.post.lease()
    assert parcel
    assert erased(town).waiting == 2  # leased together
    assert town.post.work.mark_body_sent(parcel)
    town.post.work.settle(parcel, Outcome(Verdict.ACCEPTED, "250 Ok"))
    town.post.deliver(town.relay, lambda: True)  # it stops, and gives back what it did not send
    assert erased(town).waiting == 0
    assert standing(town, "janssen") == []


def test_a_mail_under_way_that_is_written_anew_for_another_reader_is_counted(town: Town) -> None:
    deferred(town)
    successor = {"case_owner__name": "B. Kanarie", "case_owner__email": "k@maastricht.example"}
    town.do_with("A-1", "amend", reason="opvolging", **successor)
    town.later(hours=1)
    parcel = town.post.lease()
    assert parcel
    assert erased(town, "B. Kanarie").waiting == 2  # leased together
    assert town.post.work.mark_body_sent(parcel)
    town.post.work.settle(parcel, Outcome(Verdict.ACCEPTED, "250 Ok"))
    town.post.deliver(town.relay, lambda: True)
    assert erased(town, "k@maastricht.example").waiting == 0
    assert standing(town, "kanarie") == []


def test_a_mail_that_stays_in_doubt_is_cancelled_first(town: Town) -> None:
    deferred(town)
    town.relay.by_address[ADDRESS] = IN_DOUBT
    town.later(minutes=1).deliver()
    town.later(minutes=15).deliver()
    assert town.mails("status, next_attempt_at") == [("accepted", None), ("unknown", None)]
    assert erased(town).waiting == 1
    queue.cancel(town.app, "2", "gewist")
    assert erased(town).waiting == 0
    assert standing(town, "janssen") == []


def test_a_mail_left_in_doubt_by_a_crash_can_be_erased_when_it_is_cancelled(town: Town) -> None:
    deferred(town)
    dying = Outbox(town.later(minutes=1).app)
    parcel = dying.lease()
    assert parcel
    assert dying.work.mark_body_sent(parcel)
    town.later(minutes=41).deliver()
    assert town.mails("status") == ["unknown", "accepted"]
    assert erased(town).waiting == 1
    queue.cancel(town.app, "1", "gewist")
    assert erased(town).waiting == 0
    assert standing(town, "janssen") == []
    dying.work.settle(parcel, Outcome(Verdict.ACCEPTED, "250 Janssen has it"))
    assert standing(town, "janssen") == []


def test_a_refused_mail_that_was_erased_and_is_retried_is_composed_anew(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1", more=OWNER), history=True)
    town.at("2018-06-29 08:00").tick()
    town.relay.by_address[ADDRESS] = REFUSED
    town.relay.by_address["bastiaens@maastricht.example"] = REFUSED
    town.deliver()
    erased(town)
    assert standing(town, "janssen") == []
    town.relay.by_address.clear()
    town.relay.forget()
    queue.retry(town.app, "1")
    queue.retry(town.app, "2")
    town.deliver()
    (mail,) = town.relay.accepted
    assert (mail.to, mail.header("Reply-To")) == ("bastiaens@maastricht.example", "None")


@pytest.mark.on_both
def test_a_mail_that_an_adoption_held_is_erased_and_composed_anew_when_it_is_retried(
    town: Town,
) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1", more=OWNER), history=True)
    town.at("2018-06-29 08:00").tick()
    town.relay.answers(DEFERRED, DEFERRED)
    town.deliver()
    town.change("UPDATE register SET restored = 'put back'")
    adopt(town.later(hours=1).app, Choice.HOLD, by="beheer")
    done = erased(town)
    assert (done.mails, done.waiting) == (2, 0)
    assert town.mails("status, address, content") == [("held", None, None)] * 2
    queue.retry(town.app, "1")
    town.deliver()
    assert [mail.header("Reply-To") for mail in town.relay.accepted] == ["None"]


def test_a_mail_in_doubt_that_an_adoption_held_stays_as_it_was(town: Town) -> None:
    """Who retries it sends it again to the letter, for the reader may have it."""
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1", more=OWNER), history=True)
    town.at("2018-06-29 08:00").tick()
    town.relay.answers(IN_DOUBT)
    town.deliver()
    town.change("UPDATE register SET restored = 'put back'")
    adopt(town.later(hours=1).app, Choice.HOLD, by="beheer")
    assert town.mails("status, doubts")[0] == ("held", 1)
    sent = town.mails("content")[0]
    assert erased(town).waiting == 1
    assert (town.mails("status")[0], town.mails("content")[0]) == ("held", sent)


def test_an_agreement_that_failed_is_tried_again_at_once(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1", more=OWNER), history=True)
    town.at("2018-06-29 08:00").change(
        "UPDATE agreement SET failures = 2, next_alert_at = '2018-06-29 07:00:00.000000'"
    )
    erased(town)
    assert town.scalar("SELECT failures FROM agreement") == 0
    assert town.tick().fired == 1


@pytest.fixture
def watched(database_url: str, tmp_path: Path) -> Iterator[Town]:
    """Give a register whose incidents are mailed to the operator."""
    mail = Mail(sender="Looptijd <looptijd@maastricht.example>", operator="j.beheer@m.example")
    with visiting(the_usual_town(database_url, tmp_path, mail=mail)) as made:
        yield made


def test_an_incident_waits_and_goes_when_it_has_left(watched: Town) -> None:
    nobody = OFFICES.replace("from = 2018-06-01", "from = 2019-06-01").replace("fallback", "# ")
    watched.at("2018-06-05 10:00").register(nobody, running("A-1"), history=True)
    watched.at("2018-06-29 08:00").tick()
    watched.relay.answers(DEFERRED)
    watched.deliver()
    assert erased(watched, "j.beheer@m.example").waiting == 1
    watched.later(minutes=5).deliver()
    assert [mail.to for mail in watched.relay.accepted] == ["j.beheer@m.example"]
    assert erased(watched, "j.beheer@m.example").mails == 1
    (number,) = watched.mails("id", where="rule = 'incident'")
    for again in (queue.resend, queue.retry):
        with pytest.raises(Refused, match="were erased"):
            again(watched.app, str(number))


# Refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", ["B. Bol", "b.bol@maastricht.example", "2017-10-12"])
def test_somebody_unknown_is_not_found_and_nobody_else_is_named(town: Town, person: str) -> None:
    found = refusal(town.in_force(), person)
    assert (type(found), found.exit_code) == (NotFound, 4)
    assert str(found) == "Nothing is kept under this name or address."


@pytest.mark.parametrize(
    "person,near",
    [
        ("janssen", "A. Janssen, a.janssen@maastricht.example"),
        ("A. Jansen", "A. Janssen"),
        ("wethouder", "wethouder Bastiaens, wethouder Gerats"),
        ("de Secretaris", "de secretaris van bij ons"),
    ],
)
def test_a_part_of_a_name_erases_nothing_and_is_told_the_whole(
    town: Town, person: str, near: str
) -> None:
    longer = OFFICES.replace('"de secretaris"', '"de secretaris van bij ons"')
    town.register(longer, CASE).do("note", text="A. Janssen, wethouder Gerats, de secretaris")
    found = refusal(town, person)
    assert str(found.sentences[1]) == f"Names that are like it: {near}."


def test_of_many_names_that_are_like_it_five_are_told(town: Town) -> None:
    """Who types a few letters is not shown who is known to the register."""
    holders = "".join(
        f"""
[[office.holder]]
name = "team {letter}"
email = "team@maastricht.example"
from = 201{number}-01-01
until = 201{number}-12-31
"""
        for number, letter in enumerate("abcdef")
    )
    office = '[[office]]\nkey = "beheer"\nname = "Beheer"\n'
    town.register(office + holders)
    found = refusal(town, "team")
    names = "team a, team b, team c, team d, team e"
    assert str(found.sentences[1]) == f"Names that are like it: {names}."


@pytest.mark.parametrize(
    "parts,key",
    [
        ({"reason": "a. janssen is weg"}, "--reason"),
        ({"reason": "Adres A.JANSSEN@maastricht.example"}, "--reason"),
        ({"by": "A. Janssen"}, "--by"),
    ],
)
def test_who_erases_and_why_do_not_name_the_person(
    town: Town, parts: dict[str, str], key: str
) -> None:
    found = refusal(town.in_force(), ADDRESS, **parts)
    assert found.exit_code == 2
    assert str(found).startswith(f"{key} names who is erased")


@pytest.mark.parametrize("person,reason", [(" ", "weg"), (NAME, " ")])
def test_a_person_and_a_reason_are_needed(town: Town, person: str, reason: str) -> None:
    assert refusal(town.in_force(), person, reason=reason).exit_code == 2


def test_an_agreement_that_cannot_be_read_holds_everything_up(town: Town) -> None:
    town.in_force()
    town.change("UPDATE agreement SET stage = 'limbo'")
    found = refusal(town)
    assert (type(found), found.exit_code) == (Refused, 3)
    assert REF in str(found)


def test_an_erasure_fires_nothing_and_what_is_due_fires_afterwards(town: Town) -> None:
    town.in_force().at("2017-10-13 08:30")
    erased(town)
    assert town.mails("cause", where="cause LIKE '%+P1D'") == []
    town.tick()
    assert town.mails("cause, caught_up", where="cause LIKE '%+P1D'") == [
        ("payment:1:2017-10-12:+P1D", False),
        ("payment:1:2017-10-12:+P1D", False),
    ]
    assert town.problems() == []


def test_while_the_file_is_in_use_it_says_that_it_was_not_written_anew(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.in_force()
    monkeypatch.setenv("LOOPTIJD_TEST_BUSY_SECONDS", "0.1")
    with visiting(town.another()) as other, town.app.database.read() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM private").scalar()
        done = erased(other)
    assert done.rewritten is False
    with pytest.raises(NotFound):
        erased(town)
    assert standing(town, "janssen") == []


def test_who_asks_again_while_the_file_is_in_use_is_told_that_it_was_not_written_anew(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.in_force()
    erased(town)
    monkeypatch.setenv("LOOPTIJD_TEST_BUSY_SECONDS", "0.1")
    with visiting(town.another()) as other, town.app.database.read() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM private").scalar()
        with pytest.raises(NotFound) as refused:
            erased(other)
    assert refused.value.sentences[-1].text.startswith(
        "The file of the database could not be written anew, for it is in use or its disk is full"
    )
    with pytest.raises(NotFound) as refused:
        erased(town)
    assert len(refused.value.sentences) == 1


@pytest.mark.on_both
@pytest.mark.parametrize("fails", ["", "erased first", "erased meanwhile"])
def test_an_erasure_while_nobody_watched_lets_no_instalment_be_missed(
    town: Town, fails: str
) -> None:
    quarterly = CASE.replace('every = "P1Y"', 'every = "P3M"')
    town.register(OFFICES, quarterly).decided().signed().until("2017-11-01 10:00")
    town.at("2018-10-20 10:00")
    if fails == "erased meanwhile":
        failing(town)
    erased(town)
    town.confirm()
    if fails == "erased first":
        failing(town)

    town.later(hours=1).tick()

    assert [name for name in town.fired() if name.startswith("payment") and "W" in name] == [
        "payment:1:2017-10-12:+P1W",
        "payment:1:2017-10-12:+P2W",
        "payment:2:2018-01-12:+P2W",
        "payment:3:2018-04-12:+P2W",
        "payment:4:2018-07-12:+P2W",
        "payment:5:2018-10-12:+P1W",
    ]
    assert town.problems() == []


def failing(town: Town) -> None:
    """Let a firing have failed, which is tried again in an hour."""
    with town.app.writing() as connection:
        assert store.failed(connection, REF, at("2018-10-20 11:00"), "broken")
