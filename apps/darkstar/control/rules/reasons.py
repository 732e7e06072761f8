"""Why the battery does what it does, in words with amounts."""

from __future__ import annotations

from dataclasses import dataclass

from ...home.settings import HomeSettings
from ...optimizer.plan import PlanSlot
from ...policy.thresholds import PolicySlot
from .levels import Levels

FULL_PERCENT = 100.0
"""SoC of a full battery."""


@dataclass(frozen=True, slots=True)
class Worth:
    """What one stored kWh is worth later and what it costs or brings now, in money per stored kWh.

    After conversion losses and wear (policy thresholds: import price / charge efficiency, discharge
    efficiency x (price - wear)).
    """

    kept: float
    bought: float
    saved: float
    sold: float
    currency: str

    def money(self, amount: float) -> str:
        """An amount with its currency."""
        return f"{amount:.2f} {self.currency}"


def worth_of(plan_slot: PlanSlot | None, policy_slot: PolicySlot | None, home: HomeSettings) -> Worth | None:
    """The worth of a stored kWh in a slot; None without a plan slot, which knows the prices."""
    if plan_slot is None:
        return None
    battery = home.battery
    return Worth(
        kept=plan_slot.value_per_kwh if policy_slot is None else policy_slot.value_per_kwh,
        bought=plan_slot.import_price / battery.charge_efficiency,
        saved=battery.discharge_efficiency * (plan_slot.import_price - battery.wear_cost_per_kwh),
        sold=battery.discharge_efficiency * (plan_slot.export_price - battery.wear_cost_per_kwh),
        currency=home.currency,
    )


def why_buy(target_percent: float, worth: Worth | None) -> str:
    """Why energy is bought for the battery."""
    words = f"charging from the grid up to {target_percent:.0f} %"
    if worth is None:
        return words
    cost = worth.money(worth.bought)
    # The value is that of the expected SoC; at the present, lower one a stored kWh is worth more.
    if worth.kept > worth.bought:
        return f"{words}: a stored kWh is worth {worth.money(worth.kept)}, it costs {cost} now after losses"
    return f"{words}: below that a stored kWh is worth more than the {cost} it costs now after losses"


def why_sell(floor_percent: float, worth: Worth | None) -> str:
    """Why energy is sold from the battery."""
    words = f"selling from the battery down to {floor_percent:.0f} %"
    if worth is None:
        return words
    gain = worth.money(worth.sold)
    if worth.kept < worth.sold:
        return f"{words}: a stored kWh brings {gain} now after losses, kept it is worth {worth.money(worth.kept)}"
    return f"{words}: above that a stored kWh is worth less than the {gain} it brings now after losses"


def why_cover_peak(import_kw: float, floor_percent: float) -> str:
    """Why the battery covers the top of the load alone."""
    return f"covering the load above an import of {import_kw:.1f} kW, which is dear, down to {floor_percent:.0f} %"


def why_self_use(levels: Levels, worth: Worth | None, *, stores: bool, covers: bool) -> str:
    """Why the battery serves the house, or rests; `stores` PV surplus, `covers` the load."""
    surplus = f"PV surplus is stored up to {levels.pv_charge_to:.0f} %"
    if not stores:
        surplus = f"PV surplus is not stored above {levels.pv_charge_to:.0f} %"
    if covers:
        return f"covering the load down to {levels.load_floor:.0f} %{_why_cover(worth)}; {surplus}"
    floor = f" up to {levels.load_floor:.0f} %" if levels.load_floor < FULL_PERCENT else ""
    return f"keeping what is stored{floor}{_why_keep(worth)}; {surplus}"


def _why_cover(worth: Worth | None) -> str:
    if worth is None:
        return ""
    gain = worth.money(worth.saved)
    if worth.kept < worth.saved:
        return f": a stored kWh saves {gain} now after losses, kept it is worth {worth.money(worth.kept)}"
    return f": above that a stored kWh is worth less than the {gain} it saves now after losses"


def _why_keep(worth: Worth | None) -> str:
    if worth is None or worth.kept <= worth.saved:
        return ""
    return f": a stored kWh is worth {worth.money(worth.kept)}, it would save {worth.money(worth.saved)} now"
