"""What is done before a process is born: imports and templates, and nothing that is opened."""

import tests.chaos.victims  # noqa: F401 - every process works with it
from notifications.compose import environment
from notifications.language import language

language("nl")
for name in environment("nl", None).list_templates():
    if "/" not in name:
        environment("nl", None).get_template(name)
