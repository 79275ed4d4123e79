"""Calendars: the feed of all dates, as text."""
