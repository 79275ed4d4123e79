"""Templates of spreadsheets: a row of column names, and an example that imports as it is."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import groupby

from workflow.importing.columns import TABLES, Column


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
