"""The only SQL: functions over one connection; the use case decides what one transaction holds."""
