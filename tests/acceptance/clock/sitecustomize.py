"""Moves the wall clock of a command under test to $AT, from where it ticks on, as libfaketime does.

Python imports this by itself when the folder stands on PYTHONPATH; the monotonic clock stays.
"""

import os

import time_machine

if at := os.environ.get("AT"):
    time_machine.travel(at, tick=True).start()
