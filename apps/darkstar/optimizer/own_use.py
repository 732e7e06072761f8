"""Which storages may take from whom: from the grid, to the grid, from the home's batteries."""

from __future__ import annotations

from dataclasses import dataclass

from .request import PlanRequest


@dataclass(frozen=True, slots=True)
class OwnUse:
    """Storages by number, batteries first.

    `pv_only` charge from PV surplus only. `never_sold` cover shortage only, `v2h` are the vehicles among
    them: they cover the home's load, and no other vehicle. `fed` are vehicles that batteries may charge,
    `not_fed` take grid power and PV surplus only.
    """

    pv_only: tuple[int, ...]
    never_sold: tuple[int, ...]
    v2h: tuple[int, ...]
    fed: tuple[int, ...]
    not_fed: tuple[int, ...]

    @property
    def is_free(self) -> bool:
        """Whether nothing is asked of any storage."""
        return not (self.pv_only or self.never_sold or self.not_fed)


def own_use_of(request: PlanRequest) -> OwnUse:
    """The rules of a request."""
    storages = tuple(enumerate(request.storages))
    vehicles = tuple(enumerate(request.vehicles, len(request.batteries)))
    return OwnUse(
        pv_only=tuple(number for number, one in storages if not one.charge_from_grid),
        never_sold=tuple(number for number, one in storages if not one.discharge_to_grid and one.max_discharge_kw > 0),
        v2h=tuple(number for number, one in vehicles if one.max_discharge_kw > 0),
        fed=tuple(number for number, one in vehicles if one.from_home_battery),
        not_fed=tuple(number for number, one in vehicles if not one.from_home_battery),
    )
