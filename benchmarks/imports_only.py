"""The peer of the idle daemon: a process that imports the same libraries and sleeps."""

import time

import aiosmtplib
import apscheduler.schedulers.background
import jinja2
import pendulum
import pydantic_settings
import sqlalchemy.dialects.sqlite
import sqlmodel

IMPORTED = (
    *(aiosmtplib, apscheduler.schedulers.background, jinja2, pendulum),
    *(pydantic_settings, sqlalchemy.dialects.sqlite, sqlmodel),
)

if __name__ == "__main__":
    time.sleep(3600)
