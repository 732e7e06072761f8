"""All that the reasons are computed from, once per plan, and how amounts are said."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property

from ..ledger import Ledger
from ..plan import Action
from ..request import BatteryRequest, PlanRequest
from ..schedule import net_without_storage
from .causes import Cause, causes_of
from .uses import Use, uses_of

ACTION_KW = 0.01
"""A device below this power rests."""
_TENTH_KW = 0.1
_SAME_PRICE = 0.01
"""Two values within this part of each other have the same cause."""


class Story:
    """A request, the account of its schedule, and what stored energy is worth in it, `[storage][slot]`."""

    def __init__(self, request: PlanRequest, ledger: Ledger, values: tuple[tuple[float, ...], ...]) -> None:
        self.request, self.ledger, self.values = request, ledger, values
        self.slots, self.flows = request.slots, ledger.flows
        self.charge, self.discharge = ledger.schedule.charge_kwh, ledger.schedule.discharge_kwh
        self.own = range(len(request.batteries))
        self.vehicles = range(len(request.batteries), len(request.storages))
        self._tells_hundredths = request.price_level >= 1

    @cached_property
    def nets(self) -> tuple[float, ...]:
        """Load, heaters and deferrable loads less PV per slot, in kWh."""
        schedule = self.ledger.schedule
        return tuple(net_without_storage(self.request, schedule, index) for index in range(len(self.slots)))

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """What all batteries together do in each slot."""
        return tuple(self._action(index) for index in range(len(self.slots)))

    @cached_property
    def uses(self) -> tuple[tuple[tuple[Use, ...], ...], ...]:
        """Where the energy stored in a slot goes, `[storage][slot]`: first in, first out."""
        return tuple(
            uses_of(
                storage.start_kwh - min([storage.start_kwh, *self.ledger.stored_kwh[number]]),
                [storage.charge_efficiency * kwh for kwh in self.charge[number]],
                [kwh / storage.discharge_efficiency for kwh in self.discharge[number]],
            )
            for number, storage in enumerate(self.request.storages)
        )

    @cached_property
    def causes(self) -> tuple[tuple[Cause | None, ...], ...]:
        """Which later slot sets the value of a stored kWh, `[battery][slot]`."""
        return tuple(
            causes_of(self.request, self.ledger, self.actions, number, self.values[number], self.tolerance)
            for number in self.own
        )

    @cached_property
    def _local(self) -> tuple[datetime, ...]:
        return tuple(slot.start.astimezone(self.request.zone) for slot in self.slots)

    def stored_before(self, number: int, index: int) -> float:
        """Energy in a storage when a slot begins."""
        return self.ledger.stored_kwh[number][index - 1] if index else self.request.storages[number].start_kwh

    def threshold(self, index: int) -> float:
        """Energy of a slot below which a device rests, in kWh."""
        return ACTION_KW * self.slots[index].hours

    def tolerance(self, value: float) -> float:
        """How far two values of a stored kWh may differ and be the same."""
        return _SAME_PRICE * max(abs(value), 0.1 * self.request.price_level)

    def imports(self, index: int) -> bool:
        """Whether anything worth saying is imported."""
        return self.flows[index].import_kwh > self.threshold(index)

    def earns(self, index: int) -> float:
        """What a kWh of PV of a slot earns if it is not used at home: nothing where some is given up."""
        if self.flows[index].curtailed_kwh > self.threshold(index) or not self.request.grid.export_allowed:
            return 0.0
        return self.slots[index].export_price

    def bought_share(self, number: int, index: int) -> float:
        """Part of what a storage takes in a slot that is imported; those that may not import leave it to the others."""
        storages = self.request.storages
        if not storages[number].charge_from_grid:
            return 0.0
        taken = sum(row[index] for one, row in zip(storages, self.charge, strict=True) if one.charge_from_grid)
        return min(self.flows[index].import_kwh / taken, 1.0) if taken > 0 else 0.0

    def paid(self, number: int, index: int) -> float:
        """What a kWh that a storage takes in a slot costs: import, and sales given up."""
        bought = self.bought_share(number, index)
        return bought * self.slots[index].import_price + (1 - bought) * self.earns(index)

    def sold_share(self, index: int) -> float:
        """Part of what the storages give in a slot that is sold."""
        given = sum(row[index] for row in self.discharge)
        return min(self.flows[index].export_kwh / given, 1.0) if given > 0 else 0.0

    def brought(self, index: int) -> float:
        """What a kWh that the storages give in a slot brings: import avoided, and sales."""
        sold = self.sold_share(index)
        return (1 - sold) * self.slots[index].import_price + sold * self.slots[index].export_price

    def mean_price(self, indices: Iterable[int]) -> float:
        """Mean import price of some slots, by their lengths."""
        parts = [(self.slots[index].hours, self.slots[index].import_price) for index in indices]
        return sum(hours * price for hours, price in parts) / sum(hours for hours, _ in parts)

    def kw(self, kwh: float, index: int) -> str:
        """An energy of a slot as power."""
        kw = kwh / self.slots[index].hours
        return f"{kw:.1f} kW" if kw >= _TENTH_KW else f"{kw:.2f} kW"

    def money(self, amount: float) -> str:
        """A price, or an amount of money."""
        return f"{amount:.2f}" if self._tells_hundredths else f"{amount:.3f}"

    def clock(self, later: int, index: int) -> str:
        """The start of a slot in local time, as said in another slot: with the day where it is another one."""
        return _clock(self._local[later], self._local[index])

    def moment(self, instant: datetime, index: int) -> str:
        """An instant in local time, as said in a slot."""
        return _clock(instant.astimezone(self.request.zone), self._local[index])

    def name(self, number: int) -> str:
        """What a storage is called where there are several of its kind."""
        if number in self.own:
            return self._battery_name(self.request.batteries[number], number)
        vehicle = self.request.vehicles[number - len(self.own)]
        return vehicle.name or ("the vehicle" if len(self.vehicles) == 1 else f"vehicle {number - len(self.own) + 1}")

    @staticmethod
    def _battery_name(battery: BatteryRequest, number: int) -> str:
        return battery.name or f"battery {number + 1}"

    def _action(self, index: int) -> Action:
        threshold, flow = self.threshold(index), self.flows[index]
        charged = sum(self.charge[number][index] for number in self.own)
        discharged = sum(self.discharge[number][index] for number in self.own)
        if max(charged, discharged) <= threshold:
            return Action.HOLD
        if charged >= discharged:
            return Action.CHARGE if flow.import_kwh > threshold else Action.STORE
        sold = min(flow.export_kwh, discharged - max(self.nets[index], 0.0))
        return Action.EXPORT if sold > threshold else Action.DISCHARGE


def _clock(instant: datetime, reference: datetime) -> str:
    same_day = instant.date() == reference.date()
    return f"{instant:%H:%M}" if same_day else f"{instant:%a %H:%M}"
