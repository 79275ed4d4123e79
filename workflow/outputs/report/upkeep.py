"""The report that the daemon keeps: written anew each night, and soon after something happened."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from notifications.language import language
from workflow.app.app import App, is_held
from workflow.app.signs_of_life import leaving_sign
from workflow.outputs.json.views import Views
from workflow.outputs.report.site import write_report
from workflow.store import register
from workflow.system.state_folder import Mark

AGAIN_AFTER = timedelta(minutes=10)
WORK = "report"  # what `doctor` calls it


@dataclass(slots=True)
class Upkeep:
    """What the report of the configured folder shows, and when it was last written, or tried."""

    shows: tuple[date, Mark] | None = None
    tried_at: datetime | None = None

    def step(self, app: App) -> bool:
        """Write the report where it would show something else; tell whether it was written.

        Events wait until ten minutes after the last time, and so does what failed. A copy of the
        register, or one whose clock jumped, never takes the place of what was true.
        """
        now = app.clock.now()
        with app.reading() as connection:
            if is_held(connection, app):
                return False
            found = app.today(), register.mark(connection)
        waits = self.tried_at and self.tried_at <= now < self.tried_at + AGAIN_AFTER
        if waits or found == self.shows:
            return False
        self.tried_at, report = now, app.settings.report
        with leaving_sign(app, WORK):
            views = Views(language(app.settings.language), app.local)
            write_report(app, views, app.configuration.path(report.directory), public=report.public)
        self.shows = found
        return True
