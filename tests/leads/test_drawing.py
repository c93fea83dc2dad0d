"""Fields drawn by our renderer are, to the letter and but for empty lines, what Django's templates draw."""

import re
from datetime import date

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from leads.forms.drawing import QuickRenderer

NAUGHTY = """<b>"x'&</b> %s {{ 7 }}"""
SAFE = mark_safe("<i>B</i>")
CHOICES = [
    ("", gettext_lazy("Nothing")), (NAUGHTY, NAUGHTY), (7, 1234567), ("Group <>", [("a", "A"), ("b", SAFE)]),
]  # fmt: skip
EMPTY = re.compile(r"\n\s*(?=\n)")
ATTRS = [{}, {"class": NAUGHTY, "disabled": True, "hidden": False, "data-n": 1234, "title": gettext_lazy("Search")}]
WIDGETS = [
    (widget, value)
    for widgets, values in (
        ((forms.TextInput, forms.EmailInput, forms.URLInput, forms.HiddenInput, forms.Textarea, forms.SearchInput,
          forms.TelInput, forms.ColorInput), (None, "", "text", NAUGHTY, mark_safe("<b>"), "\nfirst line")),
        ((forms.NumberInput,), (None, 0, 1234567, 1.5)),
        ((forms.PasswordInput,), (None, "secret")),
        ((forms.DateInput, forms.DateTimeInput, forms.TimeInput), (None, date(2026, 3, 4), "nonsense")),
        ((forms.CheckboxInput,), (None, True, False, "yes")),
        ((forms.Select, forms.SelectMultiple), (None, "", "a", 7, NAUGHTY, ["a", "b"])),
        ((forms.NullBooleanSelect,), (None, True, "unknown")),
        ((forms.ClearableFileInput, forms.RadioSelect, forms.CheckboxSelectMultiple, forms.SplitDateTimeWidget),
         (None,)),
    )
    for widget in widgets
    for value in values
]  # fmt: skip


@pytest.mark.parametrize("attrs", ATTRS)
@pytest.mark.parametrize(("kind", "value"), WIDGETS)
def test_a_field_is_drawn_as_django_draws_it(kind, value, attrs):
    asks = issubclass(kind, (forms.Select, forms.RadioSelect)) and kind is not forms.NullBooleanSelect
    choices = {"choices": CHOICES} if asks else {}
    ours, theirs = (
        kind(**choices).render(f"a {NAUGHTY}", value, attrs=attrs, renderer=renderer())
        for renderer in (QuickRenderer, DjangoTemplates)
    )
    assert EMPTY.sub("", ours) == EMPTY.sub("", theirs)
