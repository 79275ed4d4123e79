"""Parts of pages that wait for their page, on disk when they are many."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile

from markupsafe import Markup

IN_MEMORY = 1 << 20
AT_ONCE = 1 << 16


class Spool(ExitStack):
    """Rendered parts by the name of what they belong to, each read back in the order of adding."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._files: dict[str, SpooledTemporaryFile[str]] = {}
        self.counts: dict[str, int] = {}

    def add(self, name: str, part: str) -> None:
        """Keep a part that was rendered, and so escaped."""
        if name not in self._files:
            self._files[name] = self.enter_context(
                SpooledTemporaryFile(IN_MEMORY, mode="w+", encoding="utf-8")  # noqa: SIM115 - of the stack
            )
        self._files[name].write(part)
        self.counts[name] = self.counts.get(name, 0) + 1

    def names(self) -> Iterable[str]:
        """Return the names in order."""
        return sorted(self._files)

    def parts(self, name: str) -> Iterator[Markup]:
        """Yield what was added under a name."""
        file = self._files.get(name)
        if file is None:
            return
        file.seek(0)
        while text := file.read(AT_ONCE):
            yield Markup(text)  # noqa: S704 - it was escaped when it was rendered
