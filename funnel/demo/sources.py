"""Where demo leads come from, and how much each source is worth. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


@dataclass(frozen=True, kw_only=True)
class Source:
    """`share` of the volume at the start and `trend`, its factor by the end; `quality` multiplies the odds of going on,
    `speed` divides the stays, `fast` multiplies the chance of a demo request."""

    name: str
    medium: str
    channel: str
    share: float
    trend: float = 1.0
    quality: float = 1.0
    speed: float = 1.0
    fast: float = 1.0
    known: float = 0.9
    first: str = "visit"
    campaigns: tuple[str, ...] = ("",)


SOURCES = (
    Source(name="google", medium="organic", channel="Organic search", share=0.22, quality=1.05, known=0.82),
    Source(name="bing", medium="organic", channel="Organic search", share=0.03, quality=0.95, known=0.82),
    Source(
        name="google", medium="cpc", channel="Paid search", share=0.13, trend=1.9, quality=0.7, fast=1.4, first="ad",
        campaigns=("brand", "lead-tracking", "crm-alternatives"),
    ),
    Source(
        name="reviews.example", medium="referral", channel="Referral", share=0.07, quality=1.6, speed=1.25, fast=1.8,
    ),
    Source(
        name="webinar", medium="event", channel="Webinar", share=0.09, quality=1.3, known=1, first="event", fast=0.6,
        campaigns=("funnel-clinic", "pipeline-live"),
    ),
    Source(
        name="outbound", medium="email", channel="Outbound", share=0.13, trend=0.8, quality=0.55, speed=0.75, known=1,
        fast=0.4, first="email", campaigns=("logistics-list", "software-list", ""),
    ),
    Source(
        name="linkedin", medium="social", channel="Social", share=0.11, quality=0.6, speed=0.85, fast=0.5,
        campaigns=("customer-stories", ""),
    ),
    Source(name="partner", medium="referral", channel="Partner", share=0.05, quality=2.1, speed=1.4, fast=2.2, known=1),
    Source(name="direct", medium="none", channel="Direct", share=0.10, quality=1.25, speed=1.1, fast=1.7, known=0.8),
    Source(name="", medium="", channel="", share=0.04, quality=0.8, known=0.75),
    Source(name="unknown", medium="", channel="unknown", share=0.03, quality=0.65, known=0.85),
)  # fmt: skip


def source_at(progress: float, rng: Random) -> Source:
    """A source, drawn by its share at this point of the history (0 its beginning, 1 its end)."""
    weights = [source.share * (1 + (source.trend - 1) * progress) for source in SOURCES]
    return rng.choices(SOURCES, weights)[0]
