"""How a connection is prepared, on both databases."""

from tests.town import Town


def test_who_writes_waits_for_fifteen_seconds_for_another(town: Town) -> None:
    sqlite = town.app.database.is_sqlite
    with town.app.database.write() as connection:
        answer = connection.exec_driver_sql(
            "PRAGMA busy_timeout" if sqlite else "SHOW lock_timeout"
        )
        assert answer.scalar() == (15_000 if sqlite else "15s")
