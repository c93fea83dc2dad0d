import pytest

from leads import identity


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" Ann@Example.COM ", "ann@example.com"),
        ("ann+tag@sub.example.co.uk", "ann+tag@sub.example.co.uk"),
        ("ａｎｎ@example.com", "ann@example.com"),
        ("ann@BÜCHER.example", "ann@xn--bcher-kva.example"),
        ("jörg@example.com", "jörg@example.com"),
        ("\u03aa\u0301@example.com", "\u0390@example.com"),
    ],
)
def test_an_email_has_one_spelling(text, value):
    assert identity.email(text) == value
    assert identity.email(value) == value


@pytest.mark.parametrize(
    "text",
    ["", "ann", "@example.com", "ann@", "ann@example", "a b@example.com", "ann@exa mple.com", "a@b@example.com",
     "ann@-example.com", "ann@example..com", "a\x00@example.com", "x" * 250 + "@example.com", "<ann@example.com>",
     "a\ud800@example.com", "ann@" + "é" * 1_000_000],
)  # fmt: skip
def test_what_is_no_email_is_refused_in_words(text):
    with pytest.raises(ValueError, match="is not an e-mail address"):
        identity.email(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(202) 555-0143", "+12025550143"),
        ("+1 202 555 0143", "+12025550143"),
        ("+66 2 123 4567", "+6621234567"),
        ("202-555-0143 ext. 12", "+12025550143;ext=12"),
        ("202-555-0143 ext. ١٢", "+12025550143;ext=12"),
    ],
)
def test_a_phone_number_has_one_spelling(text, value):
    assert identity.phone(text, "US") == value


def test_a_phone_number_without_country_is_of_the_default_region(settings):
    settings.DEFAULT_PHONE_REGION = "TH"
    assert identity.phone("02 123 4567") == "+6621234567"


@pytest.mark.parametrize("text", ["", "hello", "12", "+1 2", "1" * 30, "1\u0323\u0301" * 300_000])
def test_what_is_no_phone_number_is_refused_in_words(text):
    with pytest.raises(ValueError, match="phone number"):
        identity.phone(text)


def test_an_external_id_carries_its_system_and_keeps_its_case():
    assert identity.external("salesforce", " 0061G00Aa ") == "salesforce:0061G00Aa"
    assert identity.normalised("external", "crm:7") == "crm:7"


@pytest.mark.parametrize(
    ("system", "number"), [("Sales Force", "1"), ("crm", ""), ("crm", "  "), ("crm", "x" * 320), ("crm", "a\tb")]
)
def test_an_external_id_that_cannot_be_is_refused(system, number):
    with pytest.raises(ValueError):
        identity.external(system, number)


def test_each_kind_has_its_rule_and_an_unknown_kind_none():
    assert identity.normalised("email", "A@B.co") == "a@b.co"
    assert identity.normalised("phone", "+12025550143") == "+12025550143"
    assert identity.normalised("visitor", " abc ") == "abc"
    for kind, text in (("fax", "1"), ("external", "no system"), ("visitor", " ")):
        with pytest.raises(ValueError):
            identity.normalised(kind, text)
