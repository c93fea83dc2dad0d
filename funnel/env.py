"""Environment variables, read once and refused loudly when they make no sense."""

import os
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def required(name: str) -> str:
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. See .env.example, or start with ./run, which sets it for you.")
    return value


def flag(name: str, *, default: bool = False) -> bool:
    value = text(name, str(int(default))).strip().lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name}={value!r} is neither true nor false: use 1 or 0.")
    return value in TRUE


def integer(name: str, default: int) -> int:
    value = text(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number.") from None


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list, blanks dropped."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name: str, options: tuple[str, ...]) -> str:
    """One of these words, the first when it is not set."""
    value = text(name) or options[0]
    if value not in options:
        raise ImproperlyConfigured(f"{name}={value!r} is none of {', '.join(options)}.")
    return value


def time_zone(name: str, default: str) -> str:
    value = text(name, default)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ImproperlyConfigured(f"{name}={value!r} is not a time zone such as Asia/Bangkok or UTC.") from None
    return value


SMTP_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def mailer(*, backend: str, host: str, port: int, username: str, password: str, security: str) -> dict[str, Any]:
    """The entry of MAILERS: a backend by its name, else SMTP where a host is named, else print to the log."""
    if backend:
        return {"BACKEND": backend}
    if not host:
        return {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
    if bool(username) != bool(password):
        raise ImproperlyConfigured("SMTP_USERNAME and SMTP_PASSWORD belong together: set both or neither.")
    options = {
        "host": host, "port": port or SMTP_PORTS[security], "username": username, "password": password, "timeout": 10,
        "use_tls": security == "starttls", "use_ssl": security == "tls",
    }  # fmt: skip
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}


def oidc_providers(*, url: str, client: str, secret: str, name: str) -> dict[str, Any]:
    """The entry of SOCIALACCOUNT_PROVIDERS for the one provider there may be, or nothing."""
    if not (url or client or secret):
        return {}
    if not (url and client and secret):
        raise ImproperlyConfigured("OIDC_URL, OIDC_CLIENT_ID and OIDC_CLIENT_SECRET belong together: set all or none.")
    if urlsplit(url).scheme != "https" and urlsplit(url).hostname not in ("localhost", "127.0.0.1"):
        raise ImproperlyConfigured(f"OIDC_URL={url!r} must begin with https://.")
    app = {
        "provider_id": "company", "name": name, "client_id": client, "secret": secret, "settings": {"server_url": url},
    }  # fmt: skip
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
