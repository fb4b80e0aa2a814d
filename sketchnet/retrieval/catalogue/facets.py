"""What the photos left by filters have: counts for chips, ends for ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sketchnet.retrieval.catalogue.columns import Choice, Facet


@dataclass(frozen=True)
class Facets:
    """Counts over the photos left.

    Attributes:
        total: number of photos left.
        fields: of the categories, tags, numbers and dates, in the order of the columns.
        colours: names of colours with the number of photos whose body has them.
    """

    total: int
    fields: tuple[Facet, ...] = ()
    colours: tuple[Choice, ...] = ()


def facets_json(facets: Facets) -> dict[str, Any]:
    """Return facets as an object for other programs."""
    fields = []
    for facet in facets.fields:
        found: dict[str, Any] = {"name": facet.field.name, "type": facet.field.type}
        if facet.field.type in ("number", "date"):
            found |= {"min": facet.least, "max": facet.most}
        else:
            found["choices"] = _choices(facet.choices)
        fields.append(found)
    return {"photos": facets.total, "fields": fields, "colours": _choices(facets.colours)}


def _choices(choices: tuple[Choice, ...]) -> list[dict[str, Any]]:
    return [{"value": choice.value, "count": choice.count} for choice in choices]
