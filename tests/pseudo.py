"""A language that stands every message in brackets, and what of a page then stands outside them."""

import re
from html.parser import HTMLParser

from django.utils.translation.trans_real import DjangoTranslation

LANGUAGE = "en-xx"
OPEN, CLOSE = "⟦", "⟧"
SILENT = {"script", "style", "svg", "bdi", "kbd"}
"""Elements whose text is no words of ours: code, drawings, what people wrote, keys."""
SPOKEN = {"aria-label", "title", "placeholder", "alt", "data-label"}
NAMES = re.compile(r"Lead Funnel|\bUTC\b|\bUSD\b|\bCSV\b")
"""Names and codes that are the same in every language."""
LATIN = re.compile(r"[A-Za-z]{2,}")


class Pseudo(DjangoTranslation):
    """English, each message in brackets. Brackets within brackets are messages within messages."""

    def __init__(self):
        super().__init__("en")

    def to_language(self):
        return LANGUAGE

    def gettext(self, message):
        return f"{OPEN}{message.rpartition('\x04')[2]}{CLOSE}"

    def ngettext(self, msgid1, msgid2, n):
        return self.gettext(msgid1 if n == 1 else msgid2)


class _Reader(HTMLParser):
    """Collects the letters that stand in no bracket; a message may begin in one element and end in another."""

    def __init__(self):
        super().__init__()
        self.depth, self.silent, self.found = 0, 0, []

    def handle_starttag(self, tag, attrs):
        self.silent += tag in SILENT
        told = dict(attrs)
        spoken = [told[name] for name in SPOKEN & told.keys() if told[name]]
        spoken += (
            [told["value"]] if tag == "input" and told.get("type") in ("submit", "button") and told.get("value") else []
        )
        spoken += [told["content"]] if told.get("name") == "description" else []
        for text in spoken:
            self.found += words_outside(text)[0]

    def handle_endtag(self, tag):
        self.silent -= tag in SILENT and self.silent > 0

    def handle_data(self, data):
        if not self.silent:
            words, self.depth = words_outside(data, self.depth)
            self.found += words


def words_outside(text, depth=0):
    """The Latin words of a text that stand outside brackets, and how deep it ends within them."""
    outside = ""
    for letter in text:
        depth += (letter == OPEN) - (letter == CLOSE)
        outside += letter if not depth else " "
    return LATIN.findall(NAMES.sub(" ", outside)), depth


def untranslated(html):
    """The words of a page that no translation would reach; what people wrote must not be in Latin letters."""
    reader = _Reader()
    reader.feed(html)
    return reader.found
