"""Who writes a mail, who answers questions about it, and where it comes back to: as configured."""

from notifications.letter import Contact, Mailbox
from workflow.app.app import App
from workflow.system.settings import CONTACT


def sender_of(app: App) -> Mailbox:
    """Return who sends the mails; the municipality where no name is configured."""
    settings = app.settings
    box = Mailbox.of(settings.mail.sender)
    return Mailbox(name=box.name or settings.municipality.name, email=box.email)


def contact_of(app: App) -> Contact | None:
    """Return who answers questions, where one is configured."""
    found = CONTACT.fullmatch(app.settings.mail.contact)
    if found is None:
        return None
    box = Mailbox(name=found["name"].strip(), email=found["email"])
    return Contact(box=box, phone=found["phone"] or "")


def envelope_sender(app: App) -> str:
    """Return the address to which bounces go."""
    mail = app.settings.mail
    return mail.bounces_to or Mailbox.of(mail.sender).email
