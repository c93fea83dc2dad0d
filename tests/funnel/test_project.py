"""The project as a whole: migrations up to date, system checks quiet, settings strict."""

from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", "--check", "--dry-run", stdout=StringIO())


def test_system_checks_find_nothing():
    call_command("check", fail_level="WARNING")


def test_the_content_security_policy_is_strict():
    allowed = [source for sources in settings.SECURE_CSP.values() for source in sources]
    assert not [source for source in allowed if "unsafe" in str(source)]
    assert settings.SECURE_CSP["default-src"] == ["'none'"]


@pytest.mark.django_db
def test_every_page_carries_the_policy_with_a_nonce(client):
    header = client.get("/accounts/login/").headers["Content-Security-Policy"]
    assert "script-src 'self' 'nonce-" in header
    assert "frame-ancestors 'none'" in header
