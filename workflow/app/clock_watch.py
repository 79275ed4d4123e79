"""Watching the clock: by one that jumped nothing fires, and the operator is told, once."""

from datetime import datetime

from workflow.app import incidents
from workflow.app.app import App
from workflow.app.clock_guard import jump_of, jump_sentence
from workflow.store import register


def clock_is_trusted(app: App, now: datetime) -> bool:
    """Raise the high-water mark, or hold everything when the clock has jumped."""
    with app.writing() as connection:
        row = register.read(connection)
        held = jump_of(row, now, app)
        if not held:
            register.raise_high_water(connection, now, begin=True)
        elif not row.clock_held:
            register.change(connection, clock_held=held)
            incidents.report(connection, app, f"clock:{held}", jump_sentence(held), now)
    if held:
        app.clock.forget()  # it is on record: once confirmed, only a further move counts
    else:
        app.clock.trust()
    return not held
