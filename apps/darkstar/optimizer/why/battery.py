"""What the batteries do in a slot, and why."""

from __future__ import annotations

from collections.abc import Iterator

from ..goals import targets_of
from ..plan import Action
from ..schedule import ceiling_kwh
from .causes import AT_LIMIT_KWH
from .grid import grid_words
from .story import Story

_NEARLY_ALL = 0.95
_MOST = 0.5
"""What is said of energy is said of more than this part of it."""


def battery_words(story: Story, index: int) -> Iterator[str]:
    """One thought per battery that acts; one on the first where all rest."""
    threshold, several = story.threshold(index), len(story.own) > 1
    if story.actions[index] is Action.HOLD:
        yield _resting(story, index)
        return
    for number in story.own:
        charged, discharged = story.charge[number][index], story.discharge[number][index]
        prefix = f"{story.name(number)} " if several else ""
        if charged > threshold:
            yield prefix + _charging(story, number, index)
        elif discharged > threshold:
            yield prefix + _giving(story, number, index)


def use_words(story: Story, number: int, index: int) -> str:
    """Where the energy that a storage takes in a slot goes, and what it gains there."""
    storage = story.request.storages[number]
    added = storage.charge_efficiency * story.charge[number][index]
    uses = story.uses[number][index]
    used = sum(use.kwh for use in uses)
    if used < _MOST * added:
        return f"kept beyond the horizon, where a stored kWh is worth {story.money(story.values[number][-1])}"
    paid = story.paid(number, index) / storage.charge_efficiency
    out, wear = storage.discharge_efficiency, storage.wear_cost_per_kwh
    gain = sum(use.kwh * (out * (story.brought(use.index) - wear) - paid) for use in uses) / used
    if gain < -story.tolerance(paid):
        return f"a stored kWh is worth {story.money(story.values[number][index])}{cause_words(story, number, index)}"
    per_kwh = story.money(gain * storage.charge_efficiency + 0.0)
    return f"{_brings(story, number, index)}, {per_kwh} per kWh after losses{' and wear' if wear else ''}"


def cause_words(story: Story, number: int, index: int) -> str:
    """Which later slot sets the value of a stored kWh, where one shows."""
    cause = story.causes[number][index] if number in story.own else None
    if cause is None:
        return ""
    if cause.index is None:
        return f" ({cause.words})"
    return f" ({cause.words} {story.money(cause.price)} at {story.clock(cause.index, index)})"


def _brings(story: Story, number: int, index: int) -> str:
    """Price and time of the later uses."""
    uses = story.uses[number][index]
    prices = [story.brought(use.index) for use in uses]
    shares = [story.sold_share(use.index) for use in uses]
    verb = "sold at" if min(shares) > _MOST else "saves" if max(shares) < _MOST else "saves and earns"
    low, high = story.money(min(prices)), story.money(max(prices))
    first, last = story.clock(uses[0].index, index), story.clock(uses[-1].index, index)
    price = high if low == high else f"{low} to {high}"
    time = f"at {first}" if first == last else f"from {first} to {last}"
    return f"{verb} {price} {time}"


def _charging(story: Story, number: int, index: int) -> str:
    slot, kw = story.slots[index], story.kw(story.charge[number][index], index)
    bought = story.bought_share(number, index) * story.charge[number][index]
    if bought > story.threshold(index):
        part = "" if bought > _NEARLY_ALL * story.charge[number][index] else f", {story.kw(bought, index)} of it"
        head = f"charges {kw}{part} from the grid at {story.money(slot.import_price)}"
    elif story.earns(index) == 0 and slot.export_price != 0:
        head = f"stores {kw} of PV surplus that cannot be sold"
    else:
        head = f"stores {kw} of PV surplus that would earn {story.money(slot.export_price)}"
    return f"{head}: {_needed(story, number, index) or use_words(story, number, index)}"


def _needed(story: Story, number: int, index: int) -> str:
    """The floor or goal that a battery charges for, where it is below."""
    battery, before = story.request.batteries[number], story.stored_before(number, index)
    if before < battery.min_kwh - AT_LIMIT_KWH:
        return f"the battery is {battery.min_kwh - before:.1f} kWh below its floor"
    for target in targets_of(story.request, battery) if battery.goals else ():
        reached = story.ledger.stored_kwh[number][target.index]
        if target.index >= index and target.goal and before < target.kwh and reached <= target.kwh + AT_LIMIT_KWH:
            return f"{target.kwh:.1f} kWh are wished for at {story.moment(target.goal.at, index)}"
    return ""


def _giving(story: Story, number: int, index: int) -> str:
    battery, slot = story.request.batteries[number], story.slots[index]
    given, sells = story.discharge[number][index], story.actions[index] is Action.EXPORT
    if sells:
        given *= story.sold_share(index)
        price, head = slot.export_price, f"sells {story.kw(given, index)} from the battery at"
    else:
        price, head = slot.import_price, f"covers {story.kw(given, index)} of load that would cost"
    gain = battery.discharge_efficiency * (price - battery.wear_cost_per_kwh)
    value = story.values[number][index]
    tolerance = story.tolerance(value)
    relation = "more than" if gain > value + tolerance else "as much as" if gain >= value - tolerance else "against"
    return (
        f"{head} {story.money(price)}: {story.money(gain)} per stored kWh, {relation} the {story.money(value)} "
        f"it is worth later{cause_words(story, number, index)}"
    )


def _resting(story: Story, index: int) -> str:
    battery, slot = story.request.batteries[0], story.slots[index]
    stored, value, grid = story.ledger.stored_kwh[0][index], story.values[0][index], grid_words(story, index)
    tolerance = story.tolerance(value)
    later = f"a stored kWh is worth {story.money(value)}{cause_words(story, 0, index)}"
    if story.nets[index] > 0:
        gain = battery.discharge_efficiency * (slot.import_price - battery.wear_cost_per_kwh)
        if stored <= battery.min_kwh + AT_LIMIT_KWH:
            return f"battery at its floor: {grid}"
        return f"holds for later, when {later}: {grid}" if gain <= value + tolerance else f"battery rests: {grid}"
    if stored >= min(battery.max_kwh, ceiling_kwh(battery)) - AT_LIMIT_KWH:
        return f"battery full: {grid}"
    if max(slot.export_price, 0.0) / battery.charge_efficiency >= value - tolerance:
        return f"leaves room: {later}, {grid}"
    return f"battery rests: {grid}"
