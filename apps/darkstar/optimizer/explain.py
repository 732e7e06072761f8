"""Why a slot looks as it does, in words with amounts and prices computed from the plan itself.

Clock times are left to the views: they know the home's zone.
"""

from __future__ import annotations

from dataclasses import dataclass

from .heat import HeatWindow, heat_windows
from .ledger import Ledger
from .plan import Action, BatteryRequest, BatterySlot, PlanRequest, PlanSlot
from .schedule import ceiling_kwh, heater_kwh, net_without_battery

_ACTION_KW = 0.01
"""A battery below this power rests."""
_AT_LIMIT_KWH = 0.01
_SAME_PRICE = 0.01
"""Two values within this part of each other have the same cause."""


def explain(request: PlanRequest, ledger: Ledger, values: tuple[float, ...]) -> tuple[PlanSlot, ...]:
    """The plan's slots: the ledger with action, value and reason. `values` are per stored kWh and slot."""
    nets = tuple(net_without_battery(request, ledger.schedule, index) for index in range(len(request.slots)))
    actions = tuple(_action(request, ledger, index, net) for index, net in enumerate(nets))
    story = _Story(request, ledger, values, nets, actions, heat_windows(request))
    return tuple(_slot(story, index) for index in range(len(request.slots)))


@dataclass(frozen=True, slots=True)
class _Story:
    """All that the reasons are computed from. `nets` are load and heaters less PV per slot."""

    request: PlanRequest
    ledger: Ledger
    values: tuple[float, ...]
    nets: tuple[float, ...]
    actions: tuple[Action, ...]
    windows: tuple[HeatWindow, ...]

    def charged(self, index: int) -> float:
        return sum(row[index] for row in self.ledger.schedule.charge_kwh)

    def discharged(self, index: int) -> float:
        return sum(row[index] for row in self.ledger.schedule.discharge_kwh)

    def kw(self, kwh: float, index: int) -> str:
        return f"{kwh / self.request.slots[index].hours:.1f} kW"

    def money(self, amount: float) -> str:
        return f"{amount:.2f}" if self.request.price_level >= 1 else f"{amount:.3f}"


def _action(request: PlanRequest, ledger: Ledger, index: int, net_kwh: float) -> Action:
    threshold = _ACTION_KW * request.slots[index].hours
    charged = sum(row[index] for row in ledger.schedule.charge_kwh)
    discharged = sum(row[index] for row in ledger.schedule.discharge_kwh)
    flow = ledger.flows[index]
    if max(charged, discharged) <= threshold:
        return Action.HOLD
    if charged >= discharged:
        return Action.CHARGE if flow.import_kwh > threshold else Action.STORE
    sold = min(flow.export_kwh, discharged - max(net_kwh, 0.0))
    return Action.EXPORT if sold > threshold else Action.DISCHARGE


def _slot(story: _Story, index: int) -> PlanSlot:
    request, ledger = story.request, story.ledger
    slot, flow = request.slots[index], ledger.flows[index]
    batteries = tuple(
        BatterySlot(charge[index], discharge[index], stored[index])
        for charge, discharge, stored in zip(
            ledger.schedule.charge_kwh, ledger.schedule.discharge_kwh, ledger.stored_kwh, strict=True
        )
    )
    action = story.actions[index]
    return PlanSlot(
        slot.start,
        slot.hours,
        slot.load_kwh,
        slot.pv_kwh,
        flow.curtailed_kwh,
        flow.import_kwh,
        flow.export_kwh,
        batteries,
        heater_kwh(request, ledger.schedule, index),
        slot.import_price,
        slot.export_price,
        slot.price_known,
        flow.cost,
        story.values[index],
        action,
        _reason(story, index, action),
    )


def _reason(story: _Story, index: int, action: Action) -> str:
    if not story.request.batteries:
        main = "no battery: " + _grid_words(story, index)
    else:
        main = _WORDS[action](story, index, story.request.batteries[0])
    return "; ".join([main, *_heating(story, index), *_curtailing(story, index), *_breaching(story, index)])


def _charging(story: _Story, index: int, battery: BatteryRequest) -> str:
    slot = story.request.slots[index]
    head = f"charges {story.kw(story.charged(index), index)} from the grid at {story.money(slot.import_price)}"
    before = battery.start_kwh if index == 0 else story.ledger.stored_kwh[0][index - 1]
    if before < battery.min_kwh - _AT_LIMIT_KWH:
        return f"{head}: the battery is {battery.min_kwh - before:.1f} kWh below its floor"
    return f"{head}: {_use(story, index)}"


def _storing(story: _Story, index: int, _battery: BatteryRequest) -> str:
    slot, flow = story.request.slots[index], story.ledger.flows[index]
    head = f"stores {story.kw(story.charged(index), index)} of PV surplus"
    if flow.curtailed_kwh > _AT_LIMIT_KWH or not story.request.grid.export_allowed:
        return f"{head} that cannot be sold: {_use(story, index)}"
    return f"{head} that would earn {story.money(slot.export_price)}: {_use(story, index)}"


def _use(story: _Story, index: int) -> str:
    """What the battery does with its energy next."""
    prices: list[float] = []
    sold = False
    for later in range(index + 1, len(story.request.slots)):
        action = story.actions[later]
        if prices and action in (Action.CHARGE, Action.STORE):
            break
        slot = story.request.slots[later]
        if action is Action.EXPORT:
            prices.append(slot.export_price)
            sold = True
        elif action is Action.DISCHARGE:
            prices.append(slot.import_price)
    if not prices:
        return f"kept beyond the horizon, where a stored kWh is worth {story.money(story.values[-1])}"
    low, high = story.money(min(prices)), story.money(max(prices))
    span = low if low == high else f"{low} to {high}"
    return f"later sold or used instead of import at {span}" if sold else f"later replaces import at {span}"


def _covering(story: _Story, index: int, battery: BatteryRequest) -> str:
    price = story.request.slots[index].import_price
    gain = battery.discharge_efficiency * (price - battery.wear_cost_per_kwh)
    head = f"covers {story.kw(story.discharged(index), index)} of load that would cost {story.money(price)}"
    return head + _worth(story, index, gain)


def _selling(story: _Story, index: int, battery: BatteryRequest) -> str:
    price = story.request.slots[index].export_price
    gain = battery.discharge_efficiency * (price - battery.wear_cost_per_kwh)
    sold = story.discharged(index) - max(story.nets[index], 0.0)
    head = f"sells {story.kw(sold, index)} from the battery at {story.money(price)}"
    return head + _worth(story, index, gain)


def _worth(story: _Story, index: int, gain: float) -> str:
    """How the gain per stored kWh compares with keeping it."""
    value = story.values[index]
    tolerance = _tolerance(story, value)
    relation = "more than" if gain > value + tolerance else "as much as" if gain >= value - tolerance else "against"
    return (
        f": {story.money(gain)} per stored kWh, {relation} the {story.money(value)} it is worth later"
        f"{_cause(story, index)}"
    )


def _cause(story: _Story, index: int) -> str:
    """Where the value of a stored kWh comes from, when a later slot shows it before the battery runs full or empty."""
    battery, value = story.request.batteries[0], story.values[index]
    tolerance = _tolerance(story, value)
    for later in range(index + 1, len(story.request.slots)):
        for worth, words, price in _price_setters(story, later, battery):
            if abs(worth - value) <= tolerance:
                return f" ({words} {story.money(price)})"
        stored = story.ledger.stored_kwh[0][later]
        if stored >= ceiling_kwh(battery) - _AT_LIMIT_KWH or stored <= battery.min_kwh + _AT_LIMIT_KWH:
            return ""
    if abs(battery.end_value_per_kwh - value) <= tolerance:
        return " (its value after the horizon)"
    return ""


def _price_setters(story: _Story, index: int, battery: BatteryRequest) -> list[tuple[float, str, float]]:
    slot, action = story.request.slots[index], story.actions[index]
    wear, out = battery.wear_cost_per_kwh, battery.discharge_efficiency
    if action is Action.CHARGE:
        return [(slot.import_price / battery.charge_efficiency, "it can be bought back at", slot.import_price)]
    if action is Action.STORE and story.ledger.flows[index].export_kwh > 0:
        return [
            (slot.export_price / battery.charge_efficiency, "PV can refill it instead of earning", slot.export_price)
        ]
    if action is Action.DISCHARGE:
        return [(out * (slot.import_price - wear), "the last import it replaces costs", slot.import_price)]
    if action is Action.EXPORT:
        return [(out * (slot.export_price - wear), "the last sale it makes earns", slot.export_price)]
    return []


def _holding(story: _Story, index: int, battery: BatteryRequest) -> str:
    slot, net, stored = story.request.slots[index], story.nets[index], story.ledger.stored_kwh[0][index]
    value = story.values[index]
    tolerance = _tolerance(story, value)
    grid = _grid_words(story, index)
    if net > 0:
        gain = battery.discharge_efficiency * (slot.import_price - battery.wear_cost_per_kwh)
        if stored <= battery.min_kwh + _AT_LIMIT_KWH:
            return f"battery at its floor: {grid}"
        if gain <= value + tolerance:
            return f"holds for later, when a stored kWh is worth {story.money(value)}{_cause(story, index)}: {grid}"
        return f"battery rests: {grid}"
    if stored >= min(battery.max_kwh, ceiling_kwh(battery)) - _AT_LIMIT_KWH:
        return f"battery full: {grid}"
    if max(slot.export_price, 0.0) / battery.charge_efficiency >= value - tolerance:
        return f"leaves room: a stored kWh is worth {story.money(value)}{_cause(story, index)}, {grid}"
    return f"battery rests: {grid}"


def _grid_words(story: _Story, index: int) -> str:
    slot, flow = story.request.slots[index], story.ledger.flows[index]
    threshold = _ACTION_KW * slot.hours
    if flow.import_kwh > threshold:
        return f"imports {story.kw(flow.import_kwh, index)} at {story.money(slot.import_price)}"
    if flow.export_kwh > threshold:
        return f"PV surplus of {story.kw(flow.export_kwh, index)} is sold at {story.money(slot.export_price)}"
    return "PV covers the load" if slot.pv_kwh > threshold else "nothing flows"


def _heating(story: _Story, index: int) -> list[str]:
    request, words = story.request, []
    slot, flow = request.slots[index], story.ledger.flows[index]
    for window in story.windows:
        if not story.ledger.schedule.heats[window.heater][index] or index not in dict(window.heat_kwh):
            continue
        power = request.heaters[window.heater].power_kw
        if flow.import_kwh <= _ACTION_KW * slot.hours:
            words.append(f"heats water with {power:.1f} kW of the home's own energy")
            continue
        mean = sum(request.slots[one].import_price for one, _ in window.heat_kwh) / len(window.heat_kwh)
        words.append(
            f"heats water with {power:.1f} kW at {story.money(slot.import_price)} (mean of its day {story.money(mean)})"
        )
    return words


def _curtailing(story: _Story, index: int) -> list[str]:
    slot, flow, grid = story.request.slots[index], story.ledger.flows[index], story.request.grid
    if flow.curtailed_kwh <= _ACTION_KW * slot.hours:
        return []
    head = f"curtails {story.kw(flow.curtailed_kwh, index)} of PV"
    if slot.import_price < 0:
        return [f"{head}: import is paid {story.money(-slot.import_price)}"]
    if not grid.export_allowed:
        return [f"{head}: export is not allowed"]
    if slot.export_price < 0:
        return [f"{head}: export would cost {story.money(-slot.export_price)}"]
    return [f"{head}: the export limit is {grid.max_export_kw or 0:g} kW"]


def _breaching(story: _Story, index: int) -> list[str]:
    flow = story.ledger.flows[index]
    if flow.breach_kwh <= _AT_LIMIT_KWH:
        return []
    return [
        f"load is {story.kw(flow.breach_kwh, index)} above the import limit of {story.request.grid.max_import_kw:g} kW"
    ]


def _tolerance(story: _Story, value: float) -> float:
    return _SAME_PRICE * max(abs(value), 0.1 * story.request.price_level)


_WORDS = {
    Action.CHARGE: _charging,
    Action.STORE: _storing,
    Action.DISCHARGE: _covering,
    Action.EXPORT: _selling,
    Action.HOLD: _holding,
}
