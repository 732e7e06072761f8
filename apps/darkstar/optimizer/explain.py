"""The plan's slots: the account of a schedule with action, value and reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .heat.cycle import hygiene_slots
from .ledger import Ledger
from .plan import BatterySlot, PlanSlot
from .request import PlanRequest
from .why.battery import battery_words
from .why.forced import marked
from .why.grid import curtailing, grid_words, limiting, peaks_held
from .why.heater import heating_words
from .why.load import load_words
from .why.story import Story
from .why.vehicle import vehicle_words


def explain(request: PlanRequest, ledger: Ledger, values: tuple[tuple[float, ...], ...]) -> tuple[PlanSlot, ...]:
    """The plan's slots. `values` are what one more stored kWh is worth, `[storage][slot]`.

    Clock times in the reasons are local times of `request.time_zone`.
    """
    if not request.slots:
        return ()
    story = Story(request, ledger, values)
    reason, cycles = _reasons(story), hygiene_slots(request, ledger.schedule)
    return tuple(_slot(story, index, reason(index), in_cycle=index in cycles) for index in range(len(request.slots)))


def _reasons(story: Story) -> Callable[[int], str]:
    heating, loads, peaks = heating_words(story), load_words(story), peaks_held(story)

    def words(index: int) -> Iterator[str]:
        if story.request.batteries:
            yield from marked(story, index, battery_words(story, index), story.own)
        else:
            yield f"no battery: {grid_words(story, index)}"
        yield from marked(story, index, vehicle_words(story, index), story.vehicles)
        yield from heating.get(index, ())
        yield from loads.get(index, ())
        yield from curtailing(story, index)
        yield from limiting(story, index)
        if index in peaks:
            yield peaks[index]

    return lambda index: "; ".join(words(index))


def _slot(story: Story, index: int, reason: str, *, in_cycle: bool) -> PlanSlot:
    ledger, slot, flow = story.ledger, story.slots[index], story.flows[index]
    storages = tuple(
        BatterySlot(charge[index], discharge[index], stored[index])
        for charge, discharge, stored in zip(story.charge, story.discharge, ledger.stored_kwh, strict=True)
    )
    own = len(story.own)
    return PlanSlot(
        slot.start,
        slot.hours,
        slot.load_kwh,
        slot.pv_kwh,
        flow.curtailed_kwh,
        flow.import_kwh,
        flow.export_kwh,
        storages[:own],
        tuple(row[index] for row in ledger.schedule.heaters_kwh),
        slot.import_price,
        slot.export_price,
        slot.price_known,
        flow.cost,
        story.values[0][index] if own else 0.0,
        story.actions[index],
        reason,
        storages[own:],
        tuple(row[index] for row in ledger.schedule.loads_kwh),
        in_cycle,
    )
