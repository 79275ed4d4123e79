"""The columns of a spreadsheet: each is a key of the import file, or has a Dutch name for one.

These tables are the only place that knows the Dutch names. `N` stands for a number of one's own
choice, which keeps the columns of one party, instalment or decision together.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Column:
    """A Dutch name, the key it stands for, and the cells of the template: of N one for each."""

    name: str
    key: str
    examples: tuple[str, ...] = ("",)


AGREEMENTS = (
    Column("kenmerk", "ref", ("SO-2026-0001",)),
    Column("titel", "title", ("Samenwerkingsovereenkomst Verbindend Leiden",)),
    Column("korte titel", "short_title", ("Verbindend Leiden",)),
    Column("doel", "purpose", ("Verbindend leiderschap bevorderen",)),
    Column("openbaar", "public", ("ja",)),
    Column("functie", "office", ("sociaal-domein",)),
    Column("dossierhouder", "case_owner.name", ("A. Voorbeeld",)),
    Column("e-mail dossierhouder", "case_owner.email", ("a.voorbeeld@maastricht.example",)),
    Column("fase", "stage"),
    Column("afloop", "outcome"),
    Column("looptijd", "term.length", ("P3Y",)),
    Column("ingangsdatum", "term.start", ("01-01-2027",)),
    Column("einddatum", "term.last_day"),
    Column("eindigt voor", "term.ends_before"),
    Column("onbepaalde tijd", "term.open_ended"),
    Column("verlenging", "term.renewal", ("decision",)),
    Column("verlengingsduur", "term.renewal_length"),
    Column("opzegtermijn", "term.notice"),
    Column("minimale looptijd", "term.minimum"),
    Column("evaluatie voor einde", "evaluation.final.before_end", ("P3M",)),
    Column("evaluatie op", "evaluation.final.on"),
    Column("evaluatiebepaling", "evaluation.final.clause", ("Artikel 7, derde lid",)),
    Column("evaluatie gehouden op", "evaluation.final.held_on"),
    Column("evaluatieverslag", "evaluation.final.report"),
    Column("evaluatieconclusie", "evaluation.final.conclusion"),
    Column("partij N", "party.N.name", ("Gemeente Maastricht", "Gemeente Beesel")),
    Column("partij N sleutel", "party.N.key", ("maastricht", "beesel")),
    Column("partij N eigen", "party.N.own", ("ja", "nee")),
    Column("partij N besloot op", "party.N.decided_on", ("", "")),
    Column("partij N tekende op", "party.N.signed_on", ("", "")),
    Column("partij N ondertekenaar", "party.N.signatory", ("", "")),
    Column("partij N hoedanigheid", "party.N.capacity", ("", "")),
    Column("soort bijdrage", "contribution.kind", ("contribution",)),
    Column("bijdrage", "contribution.amount", ("1.000,00",)),
    Column("bijdrage per", "contribution.every", ("P1Y",)),
    Column("ontvanger", "contribution.payee", ("Gemeente Beesel",)),
    Column("functie betaling", "contribution.office"),
    Column("budgetpost", "contribution.budget_line", ("Lidmaatschappen en contributies",)),
    Column("totaal", "contribution.total", ("3.000,00",)),
    Column("termijn N bedrag", "instalment.N.amount"),
    Column("termijn N vervalt op", "instalment.N.due_on"),
    Column("termijn N boekjaar", "instalment.N.fiscal_year"),
    Column("termijn N betaald op", "instalment.N.paid_on"),
    Column("termijn N betaalkenmerk", "instalment.N.reference"),
    Column("afspraak N sleutel", "obligation.N.key", ("jaarverslag",)),
    Column("afspraak N", "obligation.N.what", ("jaarverslag over de samenwerking",)),
    Column("afspraak N door", "obligation.N.by", ("beesel",)),
    Column("afspraak N op", "obligation.N.on", ("01-04-2028",)),
    Column("afspraak N na ingang", "obligation.N.after_start"),
    Column("afspraak N voor einde", "obligation.N.before_end"),
    Column("afspraak N per", "obligation.N.every", ("P1Y",)),
    Column("afspraak N functie", "obligation.N.office"),
    Column("afspraak N bepaling", "obligation.N.clause", ("Artikel 5",)),
    Column("beslispunt N", "decision_point.N.text", ("De overeenkomst ondertekenen",)),
    Column("stuk N", "document.N.title", ("Ontwerpovereenkomst",)),
    Column("stuk N datum", "document.N.dated", ("2026-05",)),
    Column("overleg op", "overleg.agreed_on"),
    Column("besluit N", "decision.N.outcome"),
    Column("besluit N op", "decision.N.on"),
    Column("besluit N kenmerk", "decision.N.reference"),
    Column("voortzetting N", "continuation.N.outcome"),
    Column("voortzetting N einddatum", "continuation.N.last_day"),
    Column("voortzetting N besloten op", "continuation.N.on"),
    Column("optie N", "extension.N.length"),
    Column("beëindigd op", "termination.on"),
    Column("beëindigd per", "termination.ends_on"),
    Column("voorganger", "predecessor"),
    Column("opvolger", "successor"),
)
OFFICES = (
    Column("sleutel", "key", ("sociaal-domein",)),
    Column("naam", "name", ("Portefeuille Sociaal Domein",)),
    Column("vervanger", "fallback"),
    Column("houder", "holder.name", ("wethouder Voorbeeld",)),
    Column("e-mail", "holder.email", ("wethouder@maastricht.example",)),
    Column("vanaf", "holder.from", ("01-01-2026",)),
    Column("tot en met", "holder.until"),
)
TABLES = {"csv": AGREEMENTS, "csv-offices": OFFICES}


def template(name: str) -> str:
    """Return the template `csv` (agreements) or `csv-offices`, as Dutch spreadsheets write it."""
    columns = list(_numbered(TABLES[name]))
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    writer.writerow([heading for heading, _ in columns])
    writer.writerow([example for _, example in columns])
    return text.getvalue()


def _numbered(columns: Sequence[Column]) -> Iterator[tuple[str, str]]:
    """Yield each column's name and example, those of the first party before those of the second."""
    for _, group in groupby(columns, key=lambda column: column.key.partition(".N.")[0]):
        alike = list(group)
        for number in range(max(len(column.examples) for column in alike)):
            for column in alike:
                yield column.name.replace("N", str(number + 1)), column.examples[number]
