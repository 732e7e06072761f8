"""Wishes of water heaters: heat by day or in the tank, no long gaps, a whole hygiene cycle, few starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..heat.blocks import blocks_of, starts
from ..heat.case import HeaterCase, heater_cases
from ..heat.tank import cold_price, stored_heat
from ..tiers import COLD_PRICE, CUT_PRICE, HEAT_EXCESS_PRICE, HYGIENE_PRICE
from .account import WORTH_SAYING_KWH, Account, Wish

_TINY = 1e-9
_WORTH_SAYING_H = 0.01


def heater_wishes(account: Account) -> Iterator[Wish]:
    """All that the heaters wish, one after another."""
    level = account.request.price_level
    for case, energies in zip(heater_cases(account.request), account.schedule.heaters_kwh, strict=True):
        yield from _days(case, energies, level)
        yield from _tank(case, energies, level)
        yield from _cuts(case, energies, level)
        yield from _hygiene(case, energies, level)
        yield from _gaps(case, energies)
        yield Wish(case.heater.start_cost * starts(energies, on_at_start=case.heater.on_at_start))


def _days(case: HeaterCase, energies: Sequence[float], level: float) -> Iterator[Wish]:
    for window in case.windows:
        delivered = window.delivered_kwh(energies)
        missing = window.day.energy_kwh - delivered
        words = (
            f"{case.label}: {missing:.2f} of {window.day.energy_kwh:.2f} kWh of heat do not fit "
            f"into the {len(window.heat_kwh)} slot(s) of the day that are planned"
            if missing > window.tolerance_kwh + _TINY
            else ""
        )
        yield Wish(COLD_PRICE * level * max(window.need_kwh - delivered, 0.0), words)
        yield Wish(HEAT_EXCESS_PRICE * level * max(delivered - window.cap_kwh, 0.0))


def _tank(case: HeaterCase, energies: Sequence[float], level: float) -> Iterator[Wish]:
    tank, slots = case.heater.tank, case.request.slots
    if tank is None or not slots:
        return
    stored = stored_heat(tank, slots, energies)
    cold = [max(tank.min_kwh - kwh, 0.0) for kwh in stored]
    money = sum(level * cold_price(slot) * kwh for slot, kwh in zip(slots, cold, strict=True))
    count = sum(kwh > WORTH_SAYING_KWH for kwh in cold)
    words = f"{case.label} is up to {max(cold):.2f} kWh of heat too cold at the end of {count} slot(s)" if count else ""
    yield Wish(money, words)
    yield Wish(-tank.end_value_per_kwh * stored[-1])


def _cuts(case: HeaterCase, energies: Sequence[float], level: float) -> Iterator[Wish]:
    off = [index for index in case.locked if energies[index] <= 0]
    yield Wish(CUT_PRICE * level * sum(case.kwh[index] for index in off))
    cut = sum(case.kwh[index] for index in off if index in case.running)
    if cut > WORTH_SAYING_KWH:
        yield Wish(0.0, f"{case.label}: the running block is cut by {cut:.2f} kWh")
    lacking = sum(case.kwh[index] for index in off if index not in case.running)
    if lacking > WORTH_SAYING_KWH:
        whole = sum(case.kwh[index] for index in case.wanted)
        yield Wish(0.0, f"{case.label}: {lacking:.2f} of {whole:.2f} kWh that you want cannot be heated then")


def _hygiene(case: HeaterCase, energies: Sequence[float], level: float) -> Iterator[Wish]:
    if case.hygiene_h is None:
        return
    hours = case.hygiene_h[2]
    done = max((case.hygiene_credit_h(block) for block in blocks_of(energies)), default=0.0)
    words = (
        f"{case.label}: only {done:.2f} of {hours:.2f} h of the hygiene cycle fit without a break"
        if hours - done > _WORTH_SAYING_H
        else ""
    )
    yield Wish(HYGIENE_PRICE * level * case.heater.power_kw * (hours - done), words)


def _gaps(case: HeaterCase, energies: Sequence[float]) -> Iterator[Wish]:
    if not case.gap_limits_h:
        return
    idle = case.idle_times(blocks_of(energies))
    late = sum(case.late_hours(*times) for times in idle)
    longest = max((until - since for since, until in idle if case.late_hours(since, until) > 0), default=0.0)
    words = (
        f"{case.label}: no heat for up to {longest:.1f} h, longer than {case.gap_limits_h[0]:g} h"
        if late > _WORTH_SAYING_H
        else ""
    )
    yield Wish(case.heater.gap_price_per_hour * late, words)
