"""`mail preview`: the mail that a rule would send, about an agreement or the built-in sample."""

from pathlib import Path

import pytest

from notifications.language import language
from notifications.letter import Letter
from notifications.transport import Outcome, Verdict
from states.dates.policy import Alerts
from states.model.period import Period
from states.model.phrase import Refusal
from tests.acceptance.commands import Operator
from tests.town import CASE, OFFICES, REF, Town, running
from tests.unit.notifications.unknown_details import COMMON, DETAILS
from workflow.mail.preview import ALERTING, OVERVIEWS, preview, samples
from workflow.system.refusals import NotFound

# What is told is read through queries that other tests ask of both databases.
pytestmark = pytest.mark.on_sqlite

SUBJECTS = {
    "unsigned": "laat tekenen, besluit 26 sep",
    "held_over": "naar college op 10 okt",
    "activation": "geldt sinds 12 okt",
    "payment": "betaal termijn 1 vandaag, 12 okt",
    "obligation": ("afspraak navragen vóór 1 apr, jaarverslag over de samenwerking (nr. 1, 2018)"),
    "evaluation": "plan evaluatie vóór 11 juli 2020",
    "continuation": "evalueer en besluit vóór 11 okt",
    "notice": "opzeggen? Uiterlijk 10 juli 2020",
    "renewal": "verlengd vanaf 12 okt",
    "expiry": "evalueer en besluit, liep af 11 okt",
    "decide": "besluit 26 sep, conform",
    "terminate": "eindigt eerder, 31 dec 2018",
    "missing_fact": "vul gegevens aan, vandaag 17 aug",
}


@pytest.mark.parametrize("rule, subject", SUBJECTS.items())
def test_the_sample_has_every_mail(town: Town, rule: str, subject: str) -> None:
    assert preview(town.app, rule, None).subject.endswith(f": {subject} (SO-2017-0042)")


def test_every_mail_gets_all_details_that_its_template_knows(town: Town) -> None:
    letters = [mail for mail in samples(town.app) if isinstance(mail, Letter)]
    topics = {topic.template: topic for letter in letters for topic in letter.topics}

    given = {name: {*topic.details} for name, topic in topics.items()}
    assert given.keys() == DETAILS.keys()
    assert given.pop("instalments") > {*COMMON, *DETAILS["instalments"]}  # and those of a payment
    assert given == {name: {*COMMON, *DETAILS[name]} for name in given}


OVERVIEW_SUBJECTS = {
    "handover": "Overdracht: 1 open onderwerp voor Portefeuille Sociaal Domein",
    "summary": "Overzicht: 1 openstaand onderwerp voor Portefeuille Sociaal Domein",
    "catch_up": "Actie: 1 onderwerp dat wij te laat melden (Portefeuille Sociaal Domein)",
    "digest": "Weekoverzicht: 1 te laat, 1 datum in 90 dagen, voor Portefeuille Sociaal Domein",
}


@pytest.mark.parametrize("kind, subject", OVERVIEW_SUBJECTS.items())
def test_the_sample_has_every_overview(town: Town, kind: str, subject: str) -> None:
    mail = preview(town.app, kind, None)
    assert mail.subject == subject
    assert "Verbindend Leiden (SO-2017-0042)" in " ".join(mail.text.split())


@pytest.mark.parametrize("rule", ["payment", "obligation", "evaluation"])
@pytest.mark.parametrize("follow_ups", [(), (Period(days=14),)], ids=["nothing", "something"])
def test_the_last_mail_says_so_where_nothing_follows_after_the_date(
    town: Town, rule: str, follow_ups: tuple[Period, ...]
) -> None:
    alerts = {f"{rule}_before": (Period(),), f"{rule}_after": follow_ups}
    mail = preview(town.configured(alerts=Alerts(**alerts)).app, rule, None)
    words = " ".join(mail.text.split())
    assert ("Dit is de laatste mail" in words) is not bool(follow_ups)
    assert ("nog een herinnering" in words or "een nieuwe herinnering" in words) is bool(follow_ups)


def test_an_overview_is_about_no_single_agreement(town: Town) -> None:
    with pytest.raises(Refusal, match="“digest” is about an office: leave out SO-2017-0042") as no:
        preview(town.app, "weekoverzicht", REF)
    told = language("nl").say(no.value.sentences[0])
    assert told == "“weekoverzicht” gaat over een functie: laat SO-2017-0042 weg."


def test_no_mail_is_left_out_of_the_sample() -> None:
    assert SUBJECTS.keys() == set(ALERTING)
    assert OVERVIEW_SUBJECTS.keys() == set(OVERVIEWS)


def test_the_preview_is_the_mail_that_leaves_next(town: Town) -> None:
    town.in_force(until="2018-08-16 10:00")
    shown, before = preview(town.app, "payment", REF), town.counts()
    town.relay.forget()
    town.until("2018-08-17 08:00")
    sent = town.relay.accepted[0]
    assert (sent.at, sent.to) == ("Fri 2018-08-17 08:00", "geld@maastricht.example")
    assert (shown.subject, " ".join(shown.text.split())) == (sent.subject, sent.words)
    assert town.counts()["message"] > before["message"]


@pytest.mark.parametrize(
    "outcome, subject",
    [
        ("stop", "Verbindend Leiden: liep af 11 okt, zoals besloten (SO-2017-0042)"),
        ("continue", "Verbindend Leiden: start vervolg, liep af 11 okt (SO-2017-0042)"),
    ],
)
def test_the_preview_of_an_end_that_was_decided_is_the_mail_that_leaves(
    town: Town, outcome: str, subject: str
) -> None:
    town.in_force(until="2020-07-10 09:00").do("conclude", on="2020-07-10", conclusion="Goed.")
    town.at("2020-09-01 10:00").do("decide", outcome=outcome, on="2020-09-01")
    shown = preview(town.app, "expiry", REF)
    town.relay.forget()
    to_office, _ = town.until("2020-10-12 10:00").relay.accepted
    assert (shown.subject, to_office.subject) == (subject, subject)
    assert " ".join(shown.text.split()) == to_office.words


def test_what_is_settled_already_is_not_what_leaves_next(town: Town) -> None:
    town.in_force().at("2018-01-15 10:00").do("pay", instalment="2", on="2018-01-15")
    subject = "Verbindend Leiden: budget termijn 3? Vóór 12 okt (SO-2017-0042)"
    town.at("2018-01-16 10:00").do("pay", instalment="1", on="2018-01-15")
    assert preview(town.app, "payment", REF).subject == subject


def test_a_preview_writes_nothing(town: Town) -> None:
    before = town.in_force().counts()
    preview(town.app, "evaluation", REF)
    assert town.counts() == before


def test_an_agreement_without_such_a_date_has_no_such_mail(town: Town) -> None:
    town.in_force()
    with pytest.raises(NotFound, match="has nothing to mail about “terminate”") as caught:
        preview(town.app, "terminate", REF)
    told = language("nl").say(caught.value.sentences[0])
    assert told == "Over SO-2017-0042 valt er niets te mailen bij “beëindigen”."
    with pytest.raises(NotFound, match="no agreement"):
        preview(town.app, "payment", "SO-1999-0001")


def test_a_wrong_rule_gets_the_nearest_name_and_all_that_are_accepted(town: Town) -> None:
    with pytest.raises(Refusal) as caught:
        preview(town.app, "evaluatin", None)
    assert caught.value.exit_code == 2
    (sentence,) = map(str, caught.value.sentences)
    assert "Did you mean “evaluation”? Accepted: unsigned, held_over, activation," in sentence
    told = language("nl").say(caught.value.sentences[0])
    assert told.startswith(
        "Er is geen mail “evaluatin”. Bedoelt u “evaluatie”? Dit kan: ontbrekende-"
    )
    assert told.endswith(", overdracht, samenvatting, inhaalmail, weekoverzicht.")
    assert preview(town.app, "einde-van-de-looptijd", None) == preview(town.app, "expiry", None)


def test_the_command_needs_no_register_and_writes_the_page_that_it_is_asked_for(
    tmp_path: Path,
) -> None:
    out = Operator(folder=tmp_path).does("mail", "preview", "unsigned", "--html", "mail.html")
    assert "Verbindend Leiden: laat tekenen, besluit 26 sep (SO-2017-0042)" in out
    assert "Regel de handtekeningen\n=======================\n" in out
    assert [path.name for path in tmp_path.iterdir()] == ["mail.html"]
    assert "<h1" in (tmp_path / "mail.html").read_text(encoding="utf-8")


def test_a_renewal_tells_of_the_term_that_has_begun(town: Town) -> None:
    mail = preview(town.app, "renewal", None)
    words = " ".join(mail.text.split())
    assert "verlengd vanaf 12 okt" in mail.subject
    assert "De overeenkomst loopt nu tot en met maandag 11 oktober 2021." in words


def text_of(town: Town, rule: str, ref: str | None = REF) -> str:
    return " ".join(preview(town.app, rule, ref).text.split())


def owing(what: str, on: str) -> str:
    return f"""
[[agreement.obligation]]
key = "{what}"
what = "{what}"
by = "limburg"
on = {on}
"""


def test_the_line_of_the_operator_is_in_the_readers_words_with_a_reason_where_one_is_needed(
    town: Town,
) -> None:
    asked, paid = text_of(town, "missing_fact", None), text_of(town, "payment", None)
    assert "looptijd do SO-2017-0042 wijzigen" in asked
    assert asked.endswith("=… --reason …")
    assert "looptijd do SO-2017-0042 betalen termijn=1" in paid


TACIT = 'length = "P3Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P1M"'
TERM = "Looptijd: 12 oktober 2017 tot en met 11 oktober 2020"


def test_a_payment_after_the_last_day_says_that_the_agreement_goes_on(town: Town) -> None:
    town.register(OFFICES, CASE.replace('length = "P3Y"', TACIT)).decided().signed()
    town.do("pay", instalment="1", on="2017-10-12")
    town.at("2019-10-14 10:00").do("pay", instalment="2", on="2018-10-12")
    assert f"{TERM} " in text_of(town, "payment")
    town.do("pay", instalment="3", on="2019-10-12")
    goes_on = f"{TERM}; loopt door tot en met maandag 11 oktober 2021"
    told = text_of(town, "payment")
    assert f"{goes_on} als niemand opzegt " in told
    town.until("2020-09-11 10:00")
    told = text_of(town, "payment")
    assert f"{goes_on} " in told
    assert "als niemand opzegt" not in told


def test_of_last_days_for_notice_that_passed_at_once_the_last_is_told(town: Town) -> None:
    two_years = TACIT.replace("P1M", "P2Y")
    town.register(OFFICES, CASE.replace('length = "P3Y"', two_years)).decided().signed()
    town.until("2019-12-01 10:00").relay.forget()
    town.do("amend", **{"term.renewal_length": "P3M"}, reason="Anders afgesproken.")
    town.one_pass()
    (mail,) = (mail for mail in town.relay.accepted if mail.to.startswith("bastiaens@"))
    assert mail.words.count("Zoek uit of opzeggen nog kan") == 1
    assert "na maandag 11 oktober 2021 te laten stoppen was donderdag 10 oktober 2019" in mail.words
    assert mail.words.count("Dan moet de andere partij uw brief") == 1
    assert mail.words.count("looptijd do SO-2017-0042 beëindigen") == 1


def test_what_goes_on_surely_for_longer_is_told_so_by_each_mail_that_names_a_renewal(
    town: Town,
) -> None:
    two_years = TACIT.replace("P1M", "P2Y")
    town.register(OFFICES, CASE.replace('length = "P3Y"', two_years)).decided().signed()
    told = text_of(town.until("2020-07-10 10:00"), "evaluation")
    assert "wordt verlengd tot en met dinsdag 11 oktober 2022, want de laatste dag" in told
    told = text_of(town, "renewal")
    assert (
        "loopt nu tot en met maandag 11 oktober 2021. Stoppen op die dag kan niet meer."
        " Daarna loopt zij vanzelf door tot en met woensdag 11 oktober 2023." in told
    )
    assert "Opzeggen kan tot en met: zondag 10 oktober 2021, met woensdag 11 oktober 2023" in told
    assert "Wilt u na woensdag 11 oktober 2023 stoppen?" in told


def test_who_has_evaluated_is_not_told_to_when_the_decision_is_late(town: Town) -> None:
    town.in_force(until="2020-07-10 09:00").do("conclude", on="2020-07-10", conclusion="Goed.")
    town.until("2020-10-12 10:00")
    subject = "Verbindend Leiden: besluit alsnog, moest 11 okt (SO-2017-0042)"
    assert preview(town.app, "continuation", REF).subject == subject


THEIRS = 'amount = "1000.00"\npayer = "limburg"'
WITHOUT_MONEY = CASE.partition("[agreement.contribution]")[0]


def test_at_the_end_nobody_is_told_to_pay_what_another_pays(town: Town) -> None:
    town.register(OFFICES, CASE.replace('amount = "1000.00"', THEIRS)).decided().signed()
    ended = text_of(town.until("2020-10-12 10:00"), "expiry")
    assert "Er staan nog 3 termijnen open die een ander betaalt." in ended
    assert "betaal alsnog" not in ended


def test_what_is_open_at_the_end_is_told_and_nobody_that_it_is_no_longer_watched(
    town: Town,
) -> None:
    town.register(OFFICES, WITHOUT_MONEY + owing("werkplan", on="2018-11-01")).decided().signed()
    town.do("terminate", on="2017-10-12", ends_on="2019-03-31", reason="Het doel is bereikt.")
    ended = text_of(town.until("2019-04-01 10:00"), "expiry")
    assert "Er staat nog 1 afspraak open van vóór het einde." in ended
    assert "Wij bewaken de datums van deze overeenkomst niet meer" not in ended
    town.do("fulfil", obligation="werkplan", on="2019-04-01")
    ended = text_of(town, "expiry")
    assert "Wij bewaken de datums van deze overeenkomst niet meer." in ended
    assert "afspraak" not in ended


def test_at_the_end_nobody_is_told_to_pay_what_has_no_date(town: Town) -> None:
    """It stays open; that it is of before the end, and has to be paid, nobody knows."""
    parts = '[agreement.contribution]\n[[agreement.instalment]]\nnumber = 1\namount = "5000.00"\n'
    town.register(OFFICES, WITHOUT_MONEY + parts).decided().signed()
    town.do("terminate", on="2017-10-12", ends_on="2019-03-31", reason="Het doel is bereikt.")
    ended = text_of(town.until("2019-04-01 10:00"), "expiry")
    assert "De laatste dag was zondag 31 maart 2019." in ended
    assert "betaal alsnog" not in ended


def test_of_what_ended_early_no_decision_is_told_to_come_nor_money_that_there_is_not(
    town: Town,
) -> None:
    town.register(OFFICES, WITHOUT_MONEY).decided().signed()
    assert "voor het besluit over de voortzetting" in text_of(town, "evaluation")
    town.do("terminate", on="2017-10-12", ends_on="2019-03-31", reason="Het doel is bereikt.")
    assert "besluit over de voortzetting" not in text_of(town, "evaluation")
    assert "Termijnen" not in text_of(town, "terminate")


def test_an_early_end_tells_of_instalments_that_are_all_the_money_there_is(town: Town) -> None:
    once = '[[agreement.instalment]]\nnumber = 1\namount = "500.00"\ndue_on = 2019-06-01'
    town.register(OFFICES, WITHOUT_MONEY + once).decided().signed()
    town.do("terminate", on="2017-10-12", ends_on="2019-03-31", reason="Het doel is bereikt.")
    told = "Termijnen na zondag 31 maart 2019 worden niet meer betaald."
    assert told in text_of(town, "terminate")


def test_an_end_tells_that_what_is_owed_later_is_asked_for_no_more(town: Town) -> None:
    final = '[[agreement.obligation]]\nkey = "f"\nwhat = "de eindafrekening"\non = 2020-12-01\n'
    town.register(OFFICES, CASE + final).decided().signed()
    town.do("terminate", on="2017-10-12", ends_on="2019-03-31", reason="Het doel is bereikt.")
    told = "U krijgt geen mails meer over een evaluatie, voortzetting of afspraak na die dag."
    assert told in text_of(town, "terminate")


def test_an_end_on_the_agreed_last_day_is_no_early_one(town: Town) -> None:
    """Who gives notice of a tacit renewal was told that the agreement ends early."""
    town.register(OFFICES, CASE.replace('length = "P3Y"', TACIT)).decided().signed()
    town.do("terminate", on="2017-10-12", ends_on="2020-10-11", reason="Opgezegd.")
    town.relay.forget()
    town.until("2020-10-12 09:00")
    assert {subject for _, subject in town.relay.shown()} >= {
        "Verbindend Leiden: eindigt 11 okt 2020 (SO-2017-0042)",
        "Verbindend Leiden: stopte 11 okt (SO-2017-0042)",
    }
    assert "In Looptijd is vastgelegd dat de overeenkomst eindigt." in text_of(town, "terminate")


def test_of_a_tacit_renewal_start_evaluation_and_notice_tell_the_same_end(town: Town) -> None:
    subsidy = CASE.replace("[agreement.contribution]", '[agreement.contribution]\nkind = "subsidy"')
    town.register(OFFICES, subsidy.replace('length = "P3Y"', TACIT)).decided().signed()
    through = "tot en met maandag 11 oktober 2021."
    start = text_of(town, "activation")
    assert f"Zegt niemand op, dan loopt zij daarna vanzelf door {through}" in start
    assert "Dan moet u uiterlijk op donderdag 10 september 2020 opzeggen." in start
    evaluation = text_of(town, "evaluation")
    assert f"De overeenkomst wordt dan stilzwijgend verlengd, {through}" in evaluation
    assert "eindigt na" not in evaluation
    notice = text_of(town, "notice")
    assert f"Dan loopt de overeenkomst door, {through} Ook de subsidie van € 1.000,00" in notice


@pytest.mark.parametrize("term, of", [('length = "P3Y"', " van 3"), (TACIT, "")])
def test_an_instalment_is_one_of_so_many_only_where_the_term_does_not_renew(
    town: Town, term: str, of: str
) -> None:
    town.register(OFFICES, CASE.replace('length = "P3Y"', term)).decided().signed()
    assert f"Termijn: 1{of}, € 1.000,00" in text_of(town, "payment")


def test_who_has_to_pay_is_told_that_not_everybody_has_signed(town: Town) -> None:
    town.register(OFFICES, CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = 2017-10-12'))
    town.decided().at("2017-10-11 10:00").do("sign", party="maastricht")
    unsigned = "; de overeenkomst is nog niet ondertekend door: Provincie Limburg"
    assert f"tot en met 11 oktober 2020{unsigned}" in text_of(town, "payment")
    assert unsigned not in text_of(town, "unsigned")
    town.do("sign", party="limburg")
    assert "ondertekend" not in text_of(town, "payment")


def test_an_amount_that_is_still_to_hold_says_from_which_instalment_on(town: Town) -> None:
    town.in_force().at("2018-09-12 10:00").do("pay", instalment="1", on="2017-10-12")
    town.do("amend", **{"contribution.amount": "1200", "from": "2019-01-01"}, reason="Afspraak")
    mail = text_of(town, "payment")
    assert "Bedrag van de bijdrage: € 1.200,00 per jaar (vanaf termijn 3)" in mail
    assert "Termijn: 2 van 3, € 1.000,00" in mail
    town.at("2019-10-12 10:00").do("pay", instalment="2", on="2018-10-12")
    assert "Bedrag van de bijdrage: € 1.200,00 per jaar - Termijn: 3" in text_of(town, "payment")


def test_a_mail_of_what_is_suspended_says_why_its_last_day_is_not_known(town: Town) -> None:
    town.in_force().at("2018-06-01 10:00").do("suspend", on="2018-06-01", moves_end="yes")
    mail = preview(town.app, "payment", REF)
    assert (
        "Looptijd: 3 jaar, vanaf donderdag 12 oktober 2017; laatste dag onbekend, want de"
        " overeenkomst is opgeschort sinds vrijdag 1 juni 2018; het einde schuift op"
    ) in " ".join(mail.text.split())


def test_a_mail_says_that_no_length_is_known_and_not_what_an_operator_types(town: Town) -> None:
    town.in_force().at("2018-06-01 10:00")
    town.do("amend", **{"term.length": "unknown"}, reason="Nog niet afgesproken")
    mail = preview(town.app, "payment", REF)
    assert (
        "- Looptijd: vanaf donderdag 12 oktober 2017; laatste dag onbekend, want de lengte van de"
        " looptijd is niet bekend - Bedrag"
    ) in " ".join(mail.text.split())


def test_an_evaluation_that_began_is_not_asked_to_begin(town: Town) -> None:
    town.in_force(until="2020-05-01 10:00").do("start_evaluation", on="2020-04-20")
    town.relay.forget()
    town.until("2020-07-10 09:00")
    told = [(mail.at, mail.subject) for mail in town.relay.accepted if "eval" in mail.subject]
    assert {subject for _, subject in told} == {
        "Verbindend Leiden: voltooi evaluatie vóór 11 juli (2e keer) (SO-2017-0042)",
        "Verbindend Leiden: voltooi evaluatie vóór 11 juli (3e keer) (SO-2017-0042)",
    }
    words = town.relay.accepted[-1].words
    assert "De eindevaluatie van Verbindend Leiden is begonnen." in words
    assert "Start uiterlijk" not in words


def test_the_first_mail_after_a_late_decision_tells_of_no_earlier_ones(town: Town) -> None:
    town.register(OFFICES, CASE.replace('length = "P3Y"', 'length = "P3Y"\nstart = 2017-08-01'))
    town.decided()
    words = {mail.to: mail.words for mail in town.relay.accepted}
    to_the_budget_holder = words["gerats@maastricht.example"]
    assert "Daarom krijgt u als budgethouder nu ook deze mail." in to_the_budget_holder
    assert "eerdere mails" not in to_the_budget_holder
    assert "wisten wij nog niet dat het nodig was" in words["geld@maastricht.example"]


def test_a_date_that_was_known_and_mailed_is_not_called_new_when_a_payment_is_taken_back(
    town: Town,
) -> None:
    town.in_force(until="2018-10-12 10:00").do("pay", instalment="2")
    town.at("2018-12-03 10:00").do("undo", reason="een ander termijnnummer")
    town.relay.forget()
    town.one_pass()
    words = {mail.to: mail.words for mail in town.relay.accepted}["geld@maastricht.example"]
    assert "Ingehaald: toen wij u dit hadden moeten vragen, wisten wij nog niet dat" in words
    assert "staat pas nu vast" not in words


def test_an_instalment_of_which_two_steps_waited_for_the_relay_is_asked_for_once(
    town: Town,
) -> None:
    town.in_force(until="2018-10-11 10:00").relay.forget()
    town.relay.by_address["geld@maastricht.example"] = Outcome(Verdict.RELAY_AWAY, "geen route")
    town.until("2018-10-15 09:00").relay.by_address.clear()
    town.until("2018-10-15 12:00")
    to_the_owner = [mail for mail in town.relay.accepted if mail.to.startswith("a.janssen")]
    assert [mail.subject for mail in to_the_owner] == [
        "Verbindend Leiden: betaal termijn 2, moest 12 okt (3e keer) (SO-2017-0042)"
    ]


def test_a_renewal_names_no_evaluation_that_was_held_already(town: Town) -> None:
    tacit = 'renewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"\nlength = '
    held = '[[agreement.evaluation]]\nkey = "mid"\non = 2019-03-01\n[[agreement.party]]'
    contents = running("A-1").replace("length = ", tacit, 1).replace("[[agreement.party]]", held, 1)
    town.at("2018-07-02 10:00").register(OFFICES, contents, history=True)
    town.do_with("A-1", "start_evaluation", evaluation="mid")
    town.do_with("A-1", "conclude", evaluation="mid", report="Verslag", conclusion="Goed")
    town.until("2019-01-02 09:00")
    words = town.relay.accepted[-1].words
    assert "De volgende evaluatie staat op maandag 30 september 2019." in words


def test_an_evaluation_on_the_last_day_itself_is_told_of_no_time_before_it(town: Town) -> None:
    contents = running("A-1").replace('before_end = "P3M"', 'before_end = "P0D"')
    town.at("2018-07-02 10:00").register(OFFICES, contents, history=True)
    words = preview(town.app, "evaluation", "A-1").text
    assert "uiterlijk maandag 31 december 2018 beginnen" in " ".join(words.split())
    assert "De partijen hebben deze eindevaluatie afgesproken." in words
    assert "vóór de laatste dag" not in words


OWED_BY_THE_END = """
[[agreement.obligation]]
key = "verslag"
what = "het eindverslag"
by = "limburg"
before_end = "P1M"
[[agreement.obligation]]
key = "plan"
what = "het plan"
before_end = "P2M"
[[agreement.obligation]]
key = "polis"
what = "de polis"
on = 2018-11-15
[[agreement.party]]
key = "limburg"
name = "Provincie Limburg"
signed_on = 2017-12-01
[[agreement.decision]]"""


def test_a_renewal_names_what_was_late_and_is_asked_for_by_the_new_end_only(town: Town) -> None:
    tacit = 'renewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P3M"\nlength = '
    contents = running("A-1").replace("length = ", tacit, 1)
    contents = contents.replace("[[agreement.decision]]", OWED_BY_THE_END, 1)
    town.at("2018-07-02 10:00").register(OFFICES, contents, history=True)
    town.until("2019-01-02 09:00")
    words = town.relay.accepted[-1].words
    assert (
        " - Vóór de verlenging niet vastgelegd: de eindevaluatie (moest uiterlijk zondag 30"
        " september 2018) - Vóór de verlenging niet vastgelegd: het plan (moest uiterlijk woensdag"
        " 31 oktober 2018) - Vóór de verlenging niet vastgelegd: het eindverslag, door Provincie"
        " Limburg (moest uiterlijk vrijdag 30 november 2018) Wat er nu volgt --------------- Voor"
        " wat vóór de verlenging niet is vastgelegd, sturen wij geen herinnering meer. Bepaal zelf"
        " of het nog moet. De volgende evaluatie"
    ) in words  # the policy (polis) of 15 November stays late, and is asked for

    town.at("2019-10-01 10:00").do_with("A-1", "conclude", on="2019-09-30")
    asked = "number=… is missing. Open are: 1 (2018-11-30), 2 (2019-11-30)."
    assert str(town.refusal("A-1", "fulfil", obligation="verslag")) == asked
    town.do_with("A-1", "fulfil", obligation="verslag", number="2")
    town.do_with("A-1", "fulfil", obligation="plan", number="2")
    town.until("2020-01-02 09:00")
    assert "verlengd vanaf 1 jan" in town.relay.accepted[-1].subject
    assert "vastgelegd:" not in town.relay.accepted[-1].words


def test_the_last_number_of_instalments_is_that_of_the_last_before_an_early_end(
    town: Town,
) -> None:
    money = '[agreement.contribution]\namount = "10.00"\nevery = "P3M"\noffice = "financien"\n'
    paid = "[[agreement.instalment]]\nnumber = 1\npaid_on = 2018-01-01\n[[agreement.decision]]"
    contents = running("A-1", length="P4Y").replace("[[agreement.decision]]", money + paid)
    endless = contents.replace("A-1", "A-2").replace('length = "P4Y"', "open_ended = true")
    endless = endless.replace('before_end = "P3M"', "on = 2019-06-01")
    town.at("2018-01-25 10:00").register(OFFICES, contents, endless, history=True)
    for ref in ("A-1", "A-2"):
        town.do_with(ref, "terminate", ends_on="2020-03-31", reason="samen besloten")
    town.until("2018-02-02 09:00")
    to_pay = [mail.words for mail in town.relay.accepted if mail.to.startswith("geld")]
    assert ["termijn 2 van 9 " in words for words in to_pay] == [True, True]


def test_the_budget_of_an_extension_was_decided_with_the_extension(town: Town) -> None:
    town.in_force(until="2020-07-10 09:00").at("2020-07-20 10:00")
    town.do("conclude", report="Evaluatie", conclusion="Verlengen")
    town.do("decide", outcome="extend", length="P1Y", contribution="yes", on="2020-07-14")
    town.relay.forget()
    town.until("2020-08-17 09:00")
    (mail,) = (mail for mail in town.relay.accepted if mail.to == "geld@maastricht.example")
    assert "budget voor termijn 4" in mail.words
    assert "Collegebesluit: 14 juli 2020" in mail.words


def test_what_is_paid_for_the_next_term_on_the_last_day_is_told_with_that_term(town: Town) -> None:
    """From 29 February 2016 two years end on 28 February 2018: that day the third is paid."""
    money = '[agreement.contribution]\namount = "10.00"\nevery = "P1Y"\noffice = "financien"\n'
    contents = running("A-1", start="2016-02-29", length="P2Y")
    contents = contents.replace("[[agreement.decision]]", f"{money}[[agreement.decision]]")
    tacit = 'length = "P2Y"\nrenewal = "tacit"\nrenewal_length = "P1Y"\nnotice = "P1M"'
    renewing = contents.replace("A-1", "A-2").replace('length = "P2Y"', tacit)
    town.at("2017-12-04 10:00").register(OFFICES, contents, renewing, history=True)
    town.do_with("A-1", "conclude", report="Evaluatie", conclusion="Verlengen")
    town.do_with("A-1", "decide", outcome="extend", length="P1Y", contribution="yes")
    town.until("2018-01-02 09:00").relay.forget()
    town.until("2018-01-03 09:00")
    extended, goes_on = (m.words for m in town.relay.accepted if m.to == "geld@maastricht.example")
    assert "termijn 3 van 3 (€ 10,00)" in extended
    assert "Collegebesluit: 4 december 2017." in extended
    assert (
        "29 februari 2016 tot en met 28 februari 2018; loopt door tot en met donderdag 28 februari"
        " 2019 als niemand opzegt"
    ) in goes_on


def test_an_extension_without_contribution_is_told_with_the_amount(town: Town) -> None:
    town.in_force(until="2020-07-10 09:00").at("2020-07-20 10:00")
    town.do("conclude", report="Evaluatie", conclusion="Verlengen")
    town.do("decide", outcome="extend", length="P1Y", contribution="no", on="2020-07-14")
    amount = "Bedrag van de bijdrage: € 1.000,00 per jaar"
    town.relay.forget()
    town.until("2021-10-12 09:00")
    told = {mail.words.partition(amount)[2].partition(")")[0] for mail in town.relay.accepted}
    assert told == {" (niet van maandag 12 oktober 2020 tot en met maandag 11 oktober 2021"}


def test_a_mail_about_a_day_after_the_end_says_that_it_lapses(town: Town) -> None:
    town.register(OFFICES, CASE + owing("verantwoording", on="2020-11-01")).decided().signed()
    assert (
        "tot en met 11 oktober 2020; wat daarna moet gebeuren, vervalt als de overeenkomst niet"
        " wordt verlengd"
    ) in text_of(town, "obligation")
