"""Mail that cannot be written or handed over waits and is shown; every other mail leaves."""

from pathlib import Path

import pytest

from notifications.directory import DirectoryTransport
from tests.announced import DEFERRED, FIVE, REFUSED, announced
from tests.town import CASE, OFFICES, Town, running, the_usual_town, visiting, walked_once
from workflow.agreements.queries import UnreadableRow, lines
from workflow.mail import queue
from workflow.system.settings import Mail

pytestmark = pytest.mark.on_sqlite

OPERATOR = "beheer@maastricht.example"


@pytest.fixture
def alerted(town: Town) -> Town:
    """Give three agreements of which one mail each waits, on 29 June 2018 at 08:00."""
    return three(town)


@walked_once
def three(town: Town) -> Town:
    """Register three agreements and let their alerts fire."""
    return announced(town, *FIVE[:3])


def shown(town: Town) -> list[str]:
    """Return of which agreements a mail was accepted, in order."""
    subjects = [mail.subject for mail in town.relay.accepted if mail.to != OPERATOR]
    return sorted(subject.rpartition("(")[2][:3] for subject in subjects)


def doubtful(town: Town, name: str) -> list[str]:
    """Return what the doctor says of mail or offices that is not ok."""
    return [str(check.detail) for check in town.checks(name) if not check.ok]


def attention(town: Town) -> dict[str, list[str]]:
    """Return what `list --attention` says of each agreement."""
    found = list(lines(town.app, attention_only=True))
    return {
        line.agreement.ref: list(map(str, line.attention))
        for line in found
        if not isinstance(line, UnreadableRow)
    }


def listed_for_attention(town: Town) -> list[int]:
    """Return the numbers that `mail list --attention` shows."""
    return [row.id for row in queue.listed(town.app, status=None, ref=None, attention=True)[0]]


def break_words(town: Town, rule: str = "omen") -> None:
    """Let A-2's mail be of a rule for which there is no template."""
    town.change(
        "UPDATE message SET rule = :rule WHERE agreement_id ="
        " (SELECT id FROM agreement WHERE ref = 'A-2')",
        rule=rule,
    )


def test_a_mail_whose_words_raise_waits_and_is_shown_and_the_others_leave(alerted: Town) -> None:
    break_words(alerted)
    alerted.deliver()
    assert shown(alerted) == ["A-1", "A-3"]
    (said,) = doubtful(alerted, "mail")
    assert said.startswith("Mail 2 about A-2 waits and could not be composed: ")
    assert [words.split(":")[0] for words in attention(alerted)["A-2"]] == [
        "A mail waits and could not be composed"
    ]
    assert listed_for_attention(alerted) == [2]
    alerted.at("2018-06-29 08:59").deliver()
    assert len(alerted.relay.attempts) == 2
    break_words(alerted, "evaluation")
    alerted.at("2018-06-29 09:00").deliver()
    assert shown(alerted) == ["A-1", "A-2", "A-3"]
    assert (doubtful(alerted, "mail"), attention(alerted)) == ([], {})
    assert listed_for_attention(alerted) == []


def test_so_is_one_that_the_relay_put_off_before_which_is_not_at_fault_for_that(
    alerted: Town,
) -> None:
    alerted.relay.answers(DEFERRED, DEFERRED, DEFERRED)
    alerted.deliver()
    break_words(alerted)
    alerted.later(minutes=1).deliver()
    (said,) = doubtful(alerted, "mail")
    assert said.startswith("Mail 2 about A-2 waits and could not be composed: ")
    assert list(attention(alerted)) == ["A-2"]
    assert doubtful(alerted, "relay") == []


def test_words_that_raise_are_told_to_the_operator_once_a_day(
    database_url: str, tmp_path: Path
) -> None:
    mail = Mail(operator=OPERATOR, sender="l@maastricht.example")
    with visiting(the_usual_town(database_url, tmp_path, mail=mail)) as town:
        break_words(three(town))
        for _ in range(48):
            town.deliver()
            town.later(hours=1)
        incidents = [mail.at for mail in town.relay.accepted if mail.to == OPERATOR]
    assert incidents == ["Fri 2018-06-29 08:00", "Sat 2018-06-30 00:00", "Sun 2018-07-01 00:00"]


def test_an_office_that_nobody_holds_holds_up_its_own_mail_only(town: Town) -> None:
    alone = '[[office]]\nkey = "leeg"\nname = "Leeg"\n'
    of_nobody = running("A-2").replace('office = "sociaal-domein"', 'office = "leeg"')
    town.at("2018-06-01 10:00")
    town.register(OFFICES + alone, running("A-1"), of_nobody, running("A-3"), history=True)
    town.at("2018-06-29 08:00").one_pass()
    assert shown(town) == ["A-1", "A-3"]
    assert doubtful(town, "offices") == ["Nobody is reached through: leeg."]
    assert "Nobody holds the office “leeg”" in attention(town)["A-2"][-1]
    assert town.mails("status") == ["accepted", "queued", "accepted"]


def test_a_mail_folder_that_cannot_be_written_lets_all_mail_wait_and_none_is_lost(
    alerted: Town,
) -> None:
    folder = alerted.folder / "mail"
    folder.write_text("not a folder", encoding="utf-8")
    transport = DirectoryTransport(folder)
    for _ in range(6):
        alerted.post.deliver(transport, lambda: False)
        alerted.later(hours=1)
    assert alerted.mails("status, attempts") == [("queued", 0)] * 3
    assert doubtful(alerted, "outbox") != []
    folder.unlink()
    alerted.later(hours=1)
    alerted.post.deliver(transport, lambda: False)
    assert len(list(folder.glob("*.eml"))) == 3
    assert set(alerted.mails("status")) == {"accepted"}


def test_two_decisions_that_wait_are_told_once_as_matters_stand(town: Town) -> None:
    town.register(OFFICES, CASE).at("2017-06-15 10:00").do("skip_overleg", reason="spoed")
    town.at("2017-09-26 15:00").do("decide", outcome="held_over", until="2017-10-10")
    town.do("decide", outcome="as_proposed")
    town.deliver()

    assert len(town.relay.accepted) > 1
    for mail in town.relay.accepted:
        assert mail.subject == "Verbindend Leiden: besluit 26 sep, conform (SO-2017-0042)"
        assert mail.words.count("Het college heeft op dinsdag 26 september 2017 besloten") == 1


def test_a_decision_that_takes_the_place_of_one_that_was_mailed_says_that_it_holds(
    town: Town,
) -> None:
    """Two mails told of one meeting “conform” and “afgewezen”, and neither which of them is so."""
    town.register(OFFICES, CASE).decided().relay.forget()
    town.do("undo", reason="Een vergissing.")
    town.do("decide", outcome="rejected")
    town.one_pass()

    holds = "Wij mailden u al eerder over een besluit. Het besluit in deze mail geldt."
    assert [(mail.subject, holds in mail.words) for mail in town.relay.accepted] == [
        ("Verbindend Leiden: besluit 26 sep, afgewezen (SO-2017-0042)", True),
        ("Verbindend Leiden: besluit 26 sep, afgewezen (SO-2017-0042)", True),
    ]


def test_a_decision_that_waited_until_the_proposal_was_withdrawn_asks_nobody_to_sign(
    town: Town,
) -> None:
    town.register(OFFICES, CASE).at("2017-06-15 10:00").do("skip_overleg", reason="spoed")
    town.at("2017-09-26 15:00").do("decide", outcome="as_proposed")
    town.do("withdraw")
    town.deliver()
    assert len(town.relay.accepted) == 2
    for mail in town.relay.accepted:
        assert "ondertekenen" not in mail.words
        assert "De overeenkomst komt er niet." in mail.words


def test_a_decision_that_waited_until_all_had_signed_asks_nobody_to_sign(town: Town) -> None:
    town.register(OFFICES, CASE).at("2017-06-15 10:00").do("skip_overleg", reason="spoed")
    town.at("2017-09-26 15:00").do("decide", outcome="as_proposed")
    town.do("sign", party="maastricht")
    town.do("sign", party="limburg")
    town.deliver()

    told = [m.words for m in town.relay.accepted if "besloten over het voorstel" in m.words]
    assert len(told) > 1
    for words in told:
        assert "Alle partijen hebben getekend." in words
        assert "kunnen de overeenkomst nu ondertekenen" not in words


def test_a_late_mail_that_waits_says_how_late_it_leaves(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1"), history=True)
    town.until("2018-06-28 10:00").at("2018-07-02 08:00").tick()  # due on Friday the 29th
    town.at("2018-07-09 08:00").deliver()

    (mail,) = town.relay.accepted
    assert "Deze mail is 10 dagen te laat verstuurd. Onze excuses daarvoor." in mail.words


def test_what_is_sent_once_more_says_how_late_that_leaves(town: Town) -> None:
    town.at("2018-06-05 10:00").register(OFFICES, running("A-1"), history=True)
    town.until("2018-06-28 10:00").at("2018-07-02 08:00").tick()  # due on Friday the 29th
    town.relay.answers(REFUSED)
    town.at("2018-07-09 08:00").deliver()  # and goes on to the office above
    queue.resend(town.app, "2")
    town.at("2018-07-10 08:00").deliver()

    told = [" ".join(mail.words.split()) for mail in town.relay.accepted]
    assert "Deze mail is 10 dagen te laat verstuurd." in told[0]
    assert "Deze mail is 11 dagen te laat verstuurd." in told[1]
