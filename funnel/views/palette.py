"""Everything in one search: leads with what can be done with them, companies, views, pages, actions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from funnel.views.shell import address_of, places
from leads import moves, saving, search
from leads.forms.moving import asked_by
from leads.models import Lead
from leads.views.pages import Request, answer

if TYPE_CHECKING:
    from django.http import HttpResponse

SHOWN = 7
BIGGEST = 2**63 - 1


@dataclass(frozen=True)
class Option:
    """One thing to choose: where it goes, or, with a `version`, the step it takes there for that version of a lead.

    `lead` is the lead it stands for, whose steps → opens.
    """

    label: str
    url: str
    icon: str
    said: str = ""
    stage: str = ""
    version: int | None = None
    lead: int | None = None


@dataclass(frozen=True)
class Section:
    title: str
    options: list[Option] = field(default_factory=list)


@login_required
@require_GET
def palette(request: Request) -> HttpResponse:
    """What fits `q`; on the page of `lead` its legal steps come first, with `of` there are only those of that lead."""
    words = search.cleaned(request.GET.get("q", ""))
    of, here = _lead(request, "of"), _lead(request, "lead")
    if of is not None:
        sections = [_steps(request, of, words)]
    else:
        steps = [_steps(request, here, words)] if here is not None else []
        sections = [*steps, _leads(request, words), _companies(request, words)]
        sections += [_views(request, words), _pages(request, words), _actions(words)]
    context = {"sections": [one for one in sections if one.options], "q": words, "of": of}
    return answer(request, "funnel/palette.html", context, part="found")


def _lead(request: Request, name: str) -> Lead | None:
    """The lead a parameter names, None when it names none that this person may see."""
    number = request.GET.get(name, "")
    if not (number.isascii() and number.isdigit() and len(number) < 20) or int(number) > BIGGEST:
        return None
    return Lead.objects.visible_to(request.user).select_related("owner").filter(pk=int(number)).first()


def _steps(request: Request, lead: Lead, words: str) -> Section:
    """The steps open to this person: those that ask for nothing are taken at once, the others have a page."""
    options = []
    for offer in moves.legal_steps(lead, by=request.user):
        if offer.is_open and _fits(words, offer.label, offer.step):
            asks = bool(asked_by(offer))
            label, address = (
                f"{offer.label}…" if asks else offer.label,
                reverse("lead_move", args=[lead.pk, offer.step]),
            )
            version = None if asks else lead.version
            options.append(Option(label, address, "move", stage=offer.target, version=version))
    opened = reverse("lead", args=[lead.pk])
    if options and "of" in request.GET:
        options.append(Option(_("Open the lead"), opened, "leads"))
    return Section(_("What you can do with %(lead)s") % {"lead": lead}, options)


def _leads(request: Request, words: str) -> Section:
    found = search.leads(words, user=request.user, limit=SHOWN)
    return Section(
        _("Leads"),
        [
            Option(str(one), one.get_absolute_url(), "person", str(one.company or ""), stage=one.stage, lead=one.pk)
            for one in found
        ],
    )


def _companies(request: Request, words: str) -> Section:
    if not address_of("company_list"):
        return Section(_("Companies"))
    found = search.companies(words, user=request.user, limit=SHOWN)
    return Section(
        _("Companies"),
        [Option(str(one), reverse("company", args=[one.pk]), "company", one.domain) for one in found],
    )


def _views(request: Request, words: str) -> Section:
    """The views of the lead list that have such a name; they are as many as people like, so none without words."""
    if not words:
        return Section(_("Views"))
    known = [(str(view.name), view.key) for view in saving.BUILT_IN]
    known += [(view.name, str(view.pk)) for view in saving.views_of(request.user)]
    fitting = [(name, key) for name, key in known if _fits(words, name)][:SHOWN]
    return Section(_("Views"), [Option(name, f"{reverse('lead_list')}?view={key}", "leads") for name, key in fitting])


def _pages(request: Request, words: str) -> Section:
    shown = [one for one in places(request) if _fits(words, str(one.place.label))]
    return Section(_("Pages"), [Option(str(one.place.label), one.url, one.place.icon) for one in shown])


def _actions(words: str) -> Section:
    """What can be begun from anywhere: the route, its name, its drawing."""
    known = [
        ("lead_new", _("New lead"), "plus"),
        ("job_list", _("Jobs"), "clock"),
        ("preferences", _("Preferences"), "settings"),
        ("styleguide", _("Style guide"), "board"),
    ]
    options = [Option(label, address_of(route), icon) for route, label, icon in known if _fits(words, label)]
    return Section(_("Actions"), [one for one in options if one.url])


def _fits(words: str, *names: str) -> bool:
    """Whether every word begins a word of one of the names."""
    begun = " ".join(names).casefold().split()
    return all(any(name.startswith(word) for name in begun) for word in words.casefold().split())
