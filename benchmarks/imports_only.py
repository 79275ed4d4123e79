"""The peer of the idle daemon: a process that imports the same libraries and sleeps."""

import time

import aiosmtplib
import apscheduler.schedulers.background
import icalendar
import jinja2
import msgspec
import pendulum
import sqlalchemy.dialects.sqlite

IMPORTED = (
    *(aiosmtplib, apscheduler.schedulers.background, icalendar, jinja2, pendulum),
    *(msgspec, sqlalchemy.dialects.sqlite),
)

if __name__ == "__main__":
    time.sleep(3600)
