"""A register in another process: where its database, relay and clock are, nothing opened."""

from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from scheduler import log_to
from tests.town import an_app
from workflow.app.app import App
from workflow.system.clock import Clock, MovableClock
from workflow.system.settings import Mail


class FileClock(MovableClock):
    """A clock that many processes read: it stands where the file says, until somebody moves it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def now(self) -> datetime:
        return datetime.fromtimestamp(float(self.path.read_text(encoding="utf-8")), UTC)

    def move(self, moment: datetime) -> None:
        """Let it be `moment` for everybody at once."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(str(moment.timestamp()), encoding="utf-8")
        fresh.replace(self.path)


class Home(Struct, frozen=True, kw_only=True):
    """What a process is told about the register that it opens."""

    url: str
    folder: Path
    clock: Clock
    port: int = 25
    connections: int = 4
    name: str = "daemon"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def opened(self) -> App:
        """Return the application, which mails to the relay at `port`; its log goes to a file."""
        log_to(self.log.open("a", encoding="utf-8"))
        app, _ = an_app(self.url, self.folder, mail=mail_to(self.port, self.connections))
        return replace(app, clock=self.clock)


def mail_to(port: int, connections: int = 4) -> Mail:
    """Return settings under which mail goes to a relay on this machine."""
    return Mail(
        sender="Looptijd <looptijd@maastricht.example>",
        transport="smtp",
        host="127.0.0.1",
        port=port,
        tls="none",
        connections=connections,
    )
