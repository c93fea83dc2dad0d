"""Who gets which answer where: `table.txt`, principal × route × method, for every route there is.

After each refusal the database is as it was.
"""

from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import reverse

from tests.permissions import table
from tests.permissions.routes import all_routes

FORM = "application/x-www-form-urlencoded"
ROUTES = all_routes()
ROWS = table.read()
WATCHED = ("leads", "funnel", "account", "mfa", "socialaccount")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_every_route_answers_as_the_table_says(route, world):
    try:
        address = route.address(world)
    except KeyError as missing:
        pytest.fail(f"Say in tests/permissions/conftest.py, in `values` of `world`, what {missing} of {route.name} is.")
    row = table.row_of(route.name, ROWS)
    answers = asked(route, address, world)
    advice = "\n".join(table.lines(route.name, answers))
    if row is None:
        pytest.fail(f"{route.name} is not in tests/permissions/table.txt. If each answer is right, add:\n\n{advice}\n")
    if wrong := table.wrong(answers, ROWS[row]):
        told = ", ".join(f"{method} by {principal}" for method, principal in wrong)
        pytest.fail(f"{address} does not answer as the lines of {row} say: {told}. As it is now:\n\n{advice}\n")


def test_every_line_of_the_table_is_about_a_route():
    used = {table.row_of(route.name, ROWS) for route in ROUTES}
    gone = [row for row in ROWS if row not in used]
    assert not gone, f"Remove the lines of {', '.join(gone)} from tests/permissions/table.txt: there is no such route."


def asked(route, address, world):
    """The answers to everybody, by method; what an answer changed is rolled back, what a refusal changed found out."""
    clients = {name: client_of(user) for name, user in world.people.items()}
    body = urlencode(world.bodies.get(route.name, {}))
    before = everything()
    answers = {}
    for method in table.METHODS:
        cache.clear()  # of attempts counted before
        row = []
        for client in clients.values():
            with transaction.atomic():
                answer = word(client.generic(method, address, body if method == "POST" else "", FORM))
                transaction.set_rollback(answer not in ("login", "again") and answer < "400")
            row.append(answer)
        answers[method] = tuple(row)
    changed = {was[0] for was in before ^ everything()}
    assert not changed, f"Somebody was refused {address}, and yet something was written to {', '.join(changed)}"
    return answers


def client_of(user):
    client = Client(raise_request_exception=False)
    if user:
        client.force_login(user)
    return client


def word(response):
    """`login` and `again` for being asked to log in or to give the password again, else the status."""
    to = response.get("Location", "").partition("?")[0]
    if to in (resolve_url(settings.LOGIN_URL), reverse("admin:login")):
        return "login"
    return "again" if to in AGAIN else str(response.status_code)


AGAIN = [reverse(f"{name}reauthenticate") for name in ("account_", "mfa_")] + [reverse("mfa_reauthenticate_webauthn")]


def everything():
    """How many rows each table has, and a sum over what is in them."""
    tables = [model._meta.db_table for model in apps.get_models() if model._meta.app_label in WATCHED]
    sums = [f"SELECT '{name}', count(*), sum(hashtextextended(t::text, 0)) FROM {name} t" for name in tables]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(sums))
        return set(cursor.fetchall())
