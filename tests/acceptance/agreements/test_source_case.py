"""The real case through the commands: what was decided in 2017, and what happens until 2020."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from tests.acceptance.commands import REF, Operator

# Nobody pays, evaluates or decides; each fact is in force from 08:00 of the day it happened on.
# The payee and the budget year are unknown: they are asked for as soon as the dates are known.
TIMELINE = """
2017-10-12T08:00:00+02:00 activation:term:2017-10-12:P0D
2017-10-12T08:00:00+02:00 payment:1:2017-10-12:P0D
2017-10-12T08:00:00+02:00 missing_fact:contribution.payee:2017-06-22:P0D
2017-10-12T08:00:00+02:00 missing_fact:contribution.budgeted_through:2017-06-22:P0D
2017-10-13T08:00:00+02:00 payment:1:2017-10-12:+P1D
2017-10-19T08:00:00+02:00 payment:1:2017-10-12:+P1W
2017-10-26T08:00:00+02:00 payment:1:2017-10-12:+P2W
2017-11-09T08:00:00+01:00 missing_fact:contribution.payee:2017-06-22:+P4W
2017-11-09T08:00:00+01:00 missing_fact:contribution.budgeted_through:2017-06-22:+P4W
2017-12-07T08:00:00+01:00 missing_fact:contribution.payee:2017-06-22:+P8W
2017-12-07T08:00:00+01:00 missing_fact:contribution.budgeted_through:2017-06-22:+P8W
2018-08-17T08:00:00+02:00 payment:2:2018-10-12:-P8W
2018-09-14T08:00:00+02:00 payment:2:2018-10-12:-P4W
2018-10-12T08:00:00+02:00 payment:2:2018-10-12:P0D
2018-10-15T08:00:00+02:00 payment:2:2018-10-12:+P1D
2018-10-19T08:00:00+02:00 payment:2:2018-10-12:+P1W
2018-10-26T08:00:00+02:00 payment:2:2018-10-12:+P2W
2019-08-16T08:00:00+02:00 payment:3:2019-10-12:-P8W
2019-09-13T08:00:00+02:00 payment:3:2019-10-12:-P4W
2019-10-11T08:00:00+02:00 payment:3:2019-10-12:P0D
2019-10-14T08:00:00+02:00 payment:3:2019-10-12:+P1D
2019-10-21T08:00:00+02:00 payment:3:2019-10-12:+P1W
2019-10-28T08:00:00+01:00 payment:3:2019-10-12:+P2W
2020-04-09T08:00:00+02:00 evaluation:final:2020-07-11:-P3M
2020-06-11T08:00:00+02:00 evaluation:final:2020-07-11:-P1M
2020-07-10T08:00:00+02:00 evaluation:final:2020-07-11:P0D
2020-07-27T08:00:00+02:00 evaluation:final:2020-07-11:+P2W
2020-08-10T08:00:00+02:00 evaluation:final:2020-07-11:+P4W
2020-08-24T08:00:00+02:00 evaluation:final:2020-07-11:+P6W
2020-08-28T08:00:00+02:00 continuation:term:2020-10-11:-P6W
2020-09-25T08:00:00+02:00 continuation:term:2020-10-11:-P2W
2020-10-08T08:00:00+02:00 continuation:term:2020-10-11:-P3D
2020-10-12T00:00:00+02:00 expiry:term:2020-10-12:P0D
"""
MOVES = [
    ("activation:term:2017-10-12:P0D", "signing", "active"),
    ("evaluation:final:2020-07-11:P0D", "active", "evaluation"),
    ("expiry:term:2020-10-12:P0D", "evaluation", "ended"),
]


def mails_in(folder: Path) -> list[EmailMessage]:
    """Return each mail of a folder, in order of its date."""
    found = [message_from_bytes(path.read_bytes(), policy=default) for path in folder.iterdir()]
    mails = [mail for mail in found if isinstance(mail, EmailMessage)]
    return sorted(mails, key=lambda mail: mail["Date"].datetime)


def test_simulating_from_2017_gives_the_timeline_of_the_case_and_each_mail(
    case_signed: Operator,
) -> None:
    found = case_signed.reads(
        *("simulate", REF, "--from", "2017-06-01", "--until", "2020-12-31", "--mail-dir", "mails")
    )
    assert [f"{row['at']} {row['occurrence']}" for row in found] == TIMELINE.split("\n")[1:-1]
    moved = [(r["occurrence"], r["from"], r["to"]) for r in found if r["from"] != r["to"]]
    assert moved == MOVES
    assert [row["occurrence"] for row in found if row["caught_up"]] == [
        "missing_fact:contribution.payee:2017-06-22:P0D",
        "missing_fact:contribution.budgeted_through:2017-06-22:P0D",
    ]
    assert all(row["mails"] for row in found)
    evaluation = next(row for row in found if row["to"] == "evaluation")
    assert evaluation["nominal_on"] == "2020-07-11"
    assert [mail["to"] for mail in evaluation["mails"]] == [
        "secretariaat.sociaal@maastricht.example",
        "dossierhouder@maastricht.example",
    ]
    mails = mails_in(case_signed.folder / "mails")
    assert len({mail["Message-ID"] for mail in mails}) == len(mails)
    shown = {(mail["To"].addresses[0].addr_spec, mail["Subject"].strip()) for mail in mails}
    assert {(m["to"], m["subject"]) for row in found for m in row["mails"]} <= shown
    days = [f"{mail['Date'].datetime:%Y-%m-%d %H:%M}" for mail in mails]
    assert days[0] == "2017-09-26 08:00"
    assert days[-1] == "2020-10-12 08:00"
    assert [mail["Subject"] for mail in mails if mail["Subject"] != mail["Subject"].strip()] == []
