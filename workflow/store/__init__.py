"""The only SQL: functions over one connection; the service decides what one transaction holds."""
