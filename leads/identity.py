"""One spelling for each key a lead is known by, so that one person never becomes two leads.

Every function takes what people and files write and returns what `Identity.value` holds.
Raises ValueError, in words fit for the person who wrote it, when the text is no such key.
"""

import re
import unicodedata

import phonenumbers
from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext as _

from leads.models import Identity
from leads.phrases import listed

Kind = Identity.Kind
LONGEST_EMAIL = 254
LONGEST_VALUE = 320
LONGEST_WRITTEN = 1000  # as people write it; normalising what is much longer takes minutes

_LOCAL = r"[^\s@\"(),:;<>\[\\\]\x00-\x1f\x7f]+"
_PLAIN_EMAIL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_LOCAL_PART = re.compile(_LOCAL)
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{2,59})")
_LOST = ("23505", "40P01", "55P03")  # unique_violation, deadlock_detected, lock_not_available
_SYSTEM = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")


def email(text: str) -> str:
    """An e-mail address in lower case, its domain as IDNA: ` Ann@BÜCHER.example ` is `ann@xn--bcher-kva.example`."""
    value = unicodedata.normalize("NFKC", text).strip().lower() if len(text) <= LONGEST_WRITTEN else ""
    value = unicodedata.normalize("NFKC", value)  # a capital may have been what kept an accent apart
    if len(value) <= LONGEST_EMAIL and _PLAIN_EMAIL.fullmatch(value):
        return value
    local, at, domain = value.rpartition("@")
    try:
        local.encode()  # half a character is none
        domain = domain.encode("idna").decode("ascii")
    except UnicodeError:
        domain = ""
    value = f"{local}@{domain}"
    if not at or len(value) > LONGEST_EMAIL or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise ValueError(_("%(text)s is not an e-mail address") % {"text": _short(text)})
    return value


def phone(text: str, region: str | None = None) -> str:
    """A phone number as E.164, its extension behind `;ext=`; without a country code it is one of `region`.

    `region` is two letters such as `US`; settings.DEFAULT_PHONE_REGION when not given.
    """
    if len(text) > LONGEST_WRITTEN:
        raise ValueError(_("%(text)s is not a phone number") % {"text": _short(text)})
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), region or settings.DEFAULT_PHONE_REGION)
    except phonenumbers.NumberParseException:
        raise ValueError(_("%(text)s is not a phone number") % {"text": _short(text)}) from None
    if not phonenumbers.is_possible_number(number):
        words = _("%(text)s cannot be a phone number: it has too few or too many digits")
        raise ValueError(words % {"text": _short(text)})
    value = str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return f"{value};ext={phonenumbers.normalize_digits_only(number.extension)}" if number.extension else value


def external(system: str, number: str) -> str:
    """The key of a record in another system, `system:id`. The id keeps its case, as Salesforce's mean something."""
    number = number.strip()
    if not _SYSTEM.fullmatch(system):
        words = _("%(text)s is not a system's name: use a-z, 0-9, '-', '_' and '.', 40 at most")
        raise ValueError(words % {"text": _short(system)})
    if not number:
        raise ValueError(_("the id is empty"))
    value = f"{system}:{number}"
    if len(value) > LONGEST_VALUE:
        words = _("the id %(id)s is %(length)s characters long: too long")
        raise ValueError(words % {"id": _short(number), "length": len(number)})
    if not value.isprintable():
        raise ValueError(_("the id %(id)s contains characters that cannot be printed") % {"id": _short(number)})
    return value


def visitor(text: str) -> str:
    """The opaque id of a browser, as the beacon made it."""
    value = text.strip()
    if not value or len(value) > LONGEST_VALUE or not value.isprintable():
        raise ValueError(_("%(text)s is not a visitor id") % {"text": _short(text)})
    return value


def normalised(kind: str, text: str) -> str:
    """The value of an identity of `kind`; external ids are expected as `system:id`."""
    if kind == Kind.EMAIL:
        return email(text)
    if kind == Kind.PHONE:
        return phone(text)
    if kind == Kind.VISITOR:
        return visitor(text)
    if kind == Kind.EXTERNAL:
        system, colon, number = text.strip().partition(":")
        if not colon:
            words = _("%(text)s is not an external id such as salesforce:0061G00000Ja7B6")
            raise ValueError(words % {"text": _short(text)})
        return external(system, number)
    raise ValueError(_("%(kind)r is not a kind of identity: %(known)s") % {"kind": kind, "known": listed(Kind.values)})


def is_lost_race(error: DatabaseError) -> bool:
    """Whether it is only that somebody else wrote at the same moment, so that trying again can succeed.

    Who gives keys to leads does so in ascending order of kind and value, lest two of them wait for each other.
    """
    return getattr(error.__cause__, "sqlstate", None) in _LOST


def _short(text: str) -> str:
    """The text in quotes, cut to what a message can bear."""
    return repr(text if len(text) <= 60 else text[:57] + "…")
