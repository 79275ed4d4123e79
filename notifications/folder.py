"""Folders that hold personal data: only their owner may enter what is made here."""

from pathlib import Path
from typing import Final

OWNER_ONLY: Final = 0o700


def make_folder(folder: Path) -> None:
    """Make a folder with what is missing above it, each for its owner only; OSError if it can't.

    `mkdir(parents=True)` would leave those above open to others.
    """
    for missing in reversed([one for one in folder.parents if not one.exists()]):
        missing.mkdir(mode=OWNER_ONLY, exist_ok=True)
    folder.mkdir(mode=OWNER_ONLY, exist_ok=True)
