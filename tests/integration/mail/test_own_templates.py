"""A municipality's own templates: they take the place of built-in ones, and never cost a mail."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from notifications.compose import TEMPLATES
from tests.town import CASE, OFFICES, REF, Town
from workflow.mail.preview import preview
from workflow.system.refusals import Failed

pytestmark = pytest.mark.on_sqlite

Own = Callable[..., Path]
SUBJECT = "Let op: het geld voor Verbindend Leiden"
PAYMENT = "Fri 2018-08-17 08:00"
# A template is a file; that a broken one costs no mail is asked of both databases.


@pytest.fixture
def own(town: Town, tmp_path: Path) -> Own:
    """Let the town have a folder of its own, in which a test writes templates."""
    folder = tmp_path / "templates"
    (folder / "nl").mkdir(parents=True)
    settings = town.app.settings
    mail = replace(settings.mail, templates="templates", operator="b@x.example")
    changed = replace(settings, mail=mail)
    configuration = replace(town.app.configuration, settings=changed)
    town.app = replace(town.app, configuration=configuration)
    town.post.app = town.app

    def write(text: str, name: str = "nl/payment.j2") -> Path:
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def changed(old: str, new: str, name: str = "nl/payment.j2") -> str:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new)


def checks(town: Town) -> list[tuple[bool, str]]:
    return [(c.ok, str(c.detail)) for c in town.checks("templates")]


MACRO = "{% macro subject(letter, topic) %}"


def test_their_template_takes_the_place_of_the_built_in_one(town: Town, own: Own) -> None:
    own(changed("Zo antwoordt u", "Zo laat u het ons weten", "nl/letter.j2"), "nl/letter.j2")
    assert "Zo laat u het ons weten\n---" in preview(town.app, "unsigned", None).text
    assert checks(town) == [(True, "Every mail can be written with your own templates.")]


def test_a_template_that_is_put_there_while_the_daemon_runs_counts_from_the_next_mail(
    town: Town, own: Own
) -> None:
    assert "Zo antwoordt u" in preview(town.app, "unsigned", None).text
    path = own(changed("Zo antwoordt u", "Zo laat u het weten", "nl/letter.j2"), "nl/letter.j2")
    assert "Zo laat u het weten" in preview(town.app, "unsigned", None).text
    path.unlink()
    assert "Zo antwoordt u" in preview(town.app, "unsigned", None).text


def test_a_layout_that_shows_no_table_loses_no_instalment(town: Town, own: Own) -> None:
    path = own(
        changed("{% if section.table %}", "{% if false %}", "layout.html.j2"), "layout.html.j2"
    )
    wrong = f"{path}, line 1: no macro section.table"
    assert checks(town) == [(False, wrong)]
    town.register(OFFICES, CASE).decided().at("2019-06-20 10:00").confirm()
    town.do("sign", party="maastricht", on="2017-10-12", signatory="wethouder Gerats")
    town.do("sign", party="limburg", on="2017-10-12")
    town.one_pass()
    (mail,) = (mail for mail in town.relay.accepted if mail.to == "geld@maastricht.example")
    assert b"<td>12 okt 2018</td>" in mail.content


@pytest.mark.parametrize(
    "line, wrong",
    [
        ("{% if %}", "line 3: Expected an expression, got 'end of statement block'"),
        ("{{ letter.nobody.name }}", "line 3: 'dict object' has no attribute 'nobody'"),
        ("{{ ''.__class__.mro() }}", "line 3: access to attribute '__class__' of 'str'"),
    ],
)
def test_a_broken_template_is_found_with_its_file_and_line(
    town: Town, own: Own, line: str, wrong: str
) -> None:
    path = own(f"{{# Onze tekst #}}\n{MACRO}\n{line}\n{{% endmacro %}}")
    with pytest.raises(Failed) as caught:
        preview(town.app, "payment", None)
    assert str(caught.value).startswith(f"{path}, {wrong}")
    ((ok, shown),) = checks(town)
    assert not ok
    assert shown.startswith(f"{path}, {wrong}")


def test_a_template_without_what_its_mail_asks_for_is_found(town: Town, own: Own) -> None:
    path = own(f"{MACRO}{SUBJECT}{{% endmacro %}}")
    ((ok, shown),) = checks(town)
    assert (ok, shown) == (False, f"{path}, line 1: no macro heading")


def test_a_name_that_takes_the_place_of_nothing_is_told(town: Town, own: Own) -> None:
    path = own("", "nl/betaling.j2")
    shown = f"{path} takes the place of no template. Such a name is nl/evaluation.j2."
    assert checks(town) == [(False, shown)]


def test_a_folder_that_is_not_there_is_told(town: Town, own: Own) -> None:
    folder = own("").parent
    folder.parent.rename(folder.parent.with_name("elders"))
    assert checks(town) == [(False, f"mail.templates: there is no folder {folder.parent}.")]


def test_no_alert_is_missed_because_of_a_broken_template(town: Town, own: Own) -> None:
    own("{% if %}")
    town.in_force(until="2018-08-17 08:00")
    (sent,) = [mail for mail in town.relay.accepted if mail.to == "geld@maastricht.example"][-1:]
    assert sent.at == PAYMENT
    assert "Verbindend Leiden: budget termijn 2? Vóór 12 okt (SO-2017-0042)" in sent.subject
    shown = [mail for mail in town.relay.accepted if mail.to == "b@x.example"]
    assert [mail.at for mail in shown].count(PAYMENT) == 1
    with pytest.raises(Failed):
        preview(town.app, "payment", REF)
