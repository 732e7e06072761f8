"""The decision of this moment: which rule has the say over battery, water heater and car."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ..home.manual_block import BlockDevice, ManualBlock, block_at
from ..home.readings import Readings
from ..home.settings import HomeSettings
from ..optimizer.plan import PlanSlot
from ..policy.thresholds import PolicySlot
from .decision import (
    ActiveOverrides,
    BatterySettingsNow,
    Decision,
    EvMode,
    EvSettingsNow,
    HeaterMode,
    HeaterSettingsNow,
    Holding,
    Override,
    Source,
)
from .rules.battery_modes import self_use
from .rules.blocks import battery_in_block
from .rules.car_feed import spare_for_the_house
from .rules.ev import ev_now
from .rules.follow import follow
from .rules.forced import battery_for, in_force
from .rules.fuse import guard
from .rules.fuse_devices import Wishes
from .rules.heating import heater_now, on_surplus
from .rules.import_budget import caps_now
from .rules.levels import Levels, levels_of_plan, levels_of_policy
from .rules.patience import patient
from .rules.reasons import worth_of
from .rules.safety import (
    emergency,
    export_block,
    forced_mode,
    is_emergency,
    no_sale,
    sellable,
    soc_lost_words,
    why_hands_off,
    without_soc,
)
from .rules.situation import SOC_DIGITS, Moment, Situation

_HEATER_WORDS = {
    HeaterMode.OFF: "off",
    HeaterMode.NORMAL: "heating",
    HeaterMode.HYGIENE: "heating against legionella",
    HeaterMode.BOOST: "heating to the boost setpoint",
    HeaterMode.MAX: "heating on PV surplus",
}


def decide(
    plan_slot: PlanSlot | None,
    policy_slot: PolicySlot | None,
    readings: Readings,
    overrides: ActiveOverrides,
    home: HomeSettings,
    previous: Decision | None,
    now: datetime,
    blocks: tuple[ManualBlock, ...] = (),
) -> Decision:
    """Decide the wanted settings of all devices. Pure, and total: every input has a decision.

    The first rule that applies has the say:

    1. manual override on or unreadable, automation not on or unreadable: hands off everything
    2. safety: SoC unreadable, no purchase and no sale; SoC below its floor, emergency charge; main fuse
       exceeded, the devices give way (this also holds for all that follows)
    3. a quick action in force, for the devices that it takes
    4. no sale at or below `executor.low_soc_export_percent`
    5. the owner's own block in the plan that holds now, for its device, with a plan or without
    6. no slot of a plan: self-use, heater and car by their own controls
    7. PV surplus that the battery leaves heats water
    8. the policy's thresholds, or the plan's mode where there is no policy; the plan for heater and car

    `previous` is the last decision, and all that is remembered: it keeps modes from flapping.
    """
    moment = Moment(home, readings, previous, now)
    hands_off = why_hands_off(readings, home)
    if hands_off is not None:
        kept = _present(forced_mode(None, moment))
        return Decision(now, None, None, _sentence(hands_off), hands_off=hands_off, holding=kept)
    actions = in_force(overrides, moment)
    ev, ev_rule = ev_now(plan_slot, actions.ev, moment, block_at(blocks, BlockDevice.EV, now))
    heater = heater_now(plan_slot, actions.heater, moment, block_at(blocks, BlockDevice.HEATER, now))
    if readings.soc_percent is None:
        verdict = _Verdict(without_soc(moment))
    else:
        soc_percent = round(readings.soc_percent.value, SOC_DIGITS)
        situation = Situation(home, readings, previous, now, soc_percent, ev)
        block = block_at(blocks, BlockDevice.BATTERY, now)
        verdict = _battery(plan_slot, policy_slot, actions.battery, block, situation)
        heater, surplus_rule = on_surplus(heater, verdict.battery, situation) if verdict.battery else (heater, None)
        verdict = replace(verdict, holding=(*verdict.holding, *_present(surplus_rule)))
    guarded = guard(Wishes(verdict.battery, ev, heater), moment)
    wishes = guarded.wishes
    return Decision(
        decided_at=now,
        battery=wishes.battery,
        heater=wishes.heater,
        ev=wishes.ev,
        summary=_summary(wishes, home),
        emergency=verdict.emergency,
        holding=(*verdict.holding, *_present(ev_rule, forced_mode(wishes.battery, moment)), *guarded.holding),
    )


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What the battery is to do, and the rules that are in force."""

    battery: BatterySettingsNow | None
    emergency: bool = False
    holding: tuple[Holding, ...] = ()


def _battery(
    plan_slot: PlanSlot | None,
    policy_slot: PolicySlot | None,
    action: Override | None,
    block: ManualBlock | None,
    situation: Situation,
) -> _Verdict:
    if is_emergency(situation):
        return _Verdict(emergency(situation), emergency=True)
    forced = battery_for(action, situation) if action is not None else None
    if forced is not None:
        return _Verdict(forced)
    if block is not None:
        return _Verdict(battery_in_block(block, situation))
    settings, no_sales = _by_plan(plan_slot, policy_slot, situation)
    return _Verdict(spare_for_the_house(settings, situation), holding=_present(no_sales))


def _by_plan(
    plan_slot: PlanSlot | None, policy_slot: PolicySlot | None, situation: Situation
) -> tuple[BatterySettingsNow, Holding | None]:
    """Settings by policy or plan, and the block of sales if it is in force."""
    home = situation.home
    levels, words = _levels(plan_slot, policy_slot, home)
    if levels is None:
        return self_use(home, Source.FALLBACK, "self-use: there is no valid plan for now"), None
    block = export_block(levels, situation)
    patience = patient(sellable(levels, block, home), policy_slot, situation)
    settings = follow(caps_now(patience.levels, situation), situation, worth_of(plan_slot, policy_slot, home))
    settings = replace(settings, reason=f"{settings.reason}{words}{patience.words}")
    if block is not None and levels.export_floor < situation.soc_percent:
        settings = no_sale(settings, situation)
    return settings, block


def _levels(
    plan_slot: PlanSlot | None, policy_slot: PolicySlot | None, home: HomeSettings
) -> tuple[Levels | None, str]:
    """The levels to follow, and what the reason must say of them; None without plan and policy."""
    if policy_slot is not None:
        return levels_of_policy(policy_slot, home), ""
    if plan_slot is not None:
        return levels_of_plan(plan_slot, home), f" (plan without policy: {plan_slot.reason or plan_slot.action})"
    return None, ""


def _summary(wishes: Wishes, home: HomeSettings) -> str:
    battery = soc_lost_words(home) if wishes.battery is None else wishes.battery.reason
    return _sentence(f"{battery}{_heater_words(wishes.heater)}{_ev_words(wishes.ev)}")


def _heater_words(heater: HeaterSettingsNow | None) -> str:
    return "" if heater is None else f"; water heater {_HEATER_WORDS[heater.mode]}: {heater.reason}"


def _ev_words(ev: EvSettingsNow | None) -> str:
    if ev is None:
        return ""
    return f"; car {'charging' if ev.mode is EvMode.CHARGE else 'not charging'}: {ev.reason}"


def _present(*rules: Holding | None) -> tuple[Holding, ...]:
    return tuple(rule for rule in rules if rule is not None)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
