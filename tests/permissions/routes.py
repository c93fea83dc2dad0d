"""Every route of the product, and an address for each."""

import re
from dataclasses import dataclass

from django.apps import apps
from django.urls import get_resolver

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^()]*\)")
ADMIN_MODEL = re.compile(r"admin:(\w+?)_(\w+)_(?:change|delete|history)")


@dataclass(frozen=True)
class Route:
    """`name` as templates write it, or the pattern of a route without a name."""

    name: str
    pattern: str

    def address(self, world) -> str:
        """An address of this route about the things in `world`; KeyError names a parameter it knows nothing of."""
        path = PARAMETER.sub(lambda found: str(self._value(found[1] or found[2], world)), self.pattern)
        return "/" + path.replace("^", "").replace("$", "").replace("\\", "")

    def _value(self, parameter, world):
        if self.name in world.special:
            return world.special[self.name][parameter]
        if parameter == "object_id" and (found := ADMIN_MODEL.match(self.name)):
            first = apps.get_model(*found.groups())._default_manager.order_by("pk").first()
            return first.pk if first else 1
        return world.values[parameter]


def all_routes():
    return sorted(set(_walk(get_resolver(), "", ())), key=lambda route: route.pattern)


def _walk(resolver, prefix, namespaces):
    for found in resolver.url_patterns:
        pattern = prefix + str(found.pattern)
        if hasattr(found, "url_patterns"):
            yield from _walk(found, pattern, (*namespaces, found.namespace) if found.namespace else namespaces)
        else:
            yield Route(":".join((*namespaces, found.name)) if found.name else pattern, pattern)
