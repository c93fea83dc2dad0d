"""The letter that lets a new person in: a link to choose a password, good once and for PASSWORD_RESET_TIMEOUT."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from typing import TYPE_CHECKING

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

if TYPE_CHECKING:
    from leads.models import User

logger = logging.getLogger(__name__)
DAY = 24 * 60 * 60


class NotSent(Exception):
    """The letter did not leave; the person is in the list all the same and can be sent another."""

    def __init__(self, user: User) -> None:
        super().__init__(user)
        self.user = user


def link_for(user: User, *, site: str) -> str:
    """An address below `site` that lets this person choose a password.

    It dies once a password is set, somebody logs in, the address changes, or another invitation is sent.
    """
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return site.rstrip("/") + reverse("account_reset_password_from_key", kwargs=key)


def send(user: User, *, by: User, site: str) -> None:
    """Send the letter. Raises NotSent. Belongs outside transactions: it talks to a mail server."""
    told = {"user": user, "by": by, "link": link_for(user, site=site), "days": settings.PASSWORD_RESET_TIMEOUT // DAY}
    subject = " ".join(render_to_string("emails/invitation_subject.txt", told).split())
    try:
        send_mail(subject, render_to_string("emails/invitation.txt", told), None, [user.email])
    except (OSError, SMTPException) as error:
        logger.exception("The invitation of user %s was not sent", user.pk)
        raise NotSent(user) from error
