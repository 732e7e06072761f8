"""The decision of this moment: which rule has the say over battery and water heater."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ..home.readings import Readings
from ..home.settings import HomeSettings
from ..optimizer.plan import PlanSlot
from ..policy.thresholds import PolicySlot
from .battery_modes import self_use
from .decision import BatterySettingsNow, Decision, HeaterMode, HeaterSettingsNow, Override, Source
from .follow import follow
from .heating import heater_now
from .levels import levels_of_plan, levels_of_policy
from .quick_actions import battery_for
from .reasons import worth_of
from .safety import emergency, is_emergency, soc_lost_words, why_hands_off, without_soc
from .situation import SOC_DIGITS, Situation


@dataclass(frozen=True, slots=True)
class _Verdict:
    settings: BatterySettingsNow | None
    words: str
    emergency: bool = False


def decide(
    plan_slot: PlanSlot | None,
    policy_slot: PolicySlot | None,
    readings: Readings,
    override: Override | None,
    home: HomeSettings,
    previous: Decision | None,
    now: datetime,
) -> Decision:
    """Decide the wanted settings of all devices. Pure, and total: every input has a decision.

    The first rule that applies has the say over the battery:

    1. manual override on or unreadable, automation not on or unreadable: hands off everything
    2. SoC unreadable: no purchase, no sale; SoC below its floor: emergency charge
    3. a quick action in force
    4. no sale at or below `executor.low_soc_export_percent`
    5. no slot of a plan: self-use
    6. the policy's thresholds, or the plan's mode where there is no policy

    The water heater obeys rule 1, a quick action that names it, and the plan. `previous` is the last
    decision: it keeps modes from flapping.
    """
    hands_off = why_hands_off(readings, home)
    if hands_off is not None:
        return Decision(now, None, None, _sentence(hands_off), hands_off=hands_off)
    action = override if override is not None and override.in_force(now) else None
    if readings.soc_percent is None:
        verdict = _Verdict(without_soc(previous, home), soc_lost_words(home))
    else:
        situation = Situation(home, readings, round(readings.soc_percent.value, SOC_DIGITS), previous)
        verdict = _battery(plan_slot, policy_slot, action, situation)
    heater = heater_now(plan_slot, readings, action, home)
    return Decision(
        decided_at=now,
        battery=verdict.settings,
        heater=heater,
        summary=_sentence(f"{verdict.words}{_heater_words(heater)}"),
        emergency=verdict.emergency,
    )


def _battery(
    plan_slot: PlanSlot | None, policy_slot: PolicySlot | None, action: Override | None, situation: Situation
) -> _Verdict:
    if is_emergency(situation):
        settings = emergency(situation)
        return _Verdict(settings, settings.reason, emergency=True)
    forced = battery_for(action, situation) if action is not None else None
    settings = _by_plan(plan_slot, policy_slot, situation) if forced is None else forced
    return _Verdict(settings, settings.reason)


def _by_plan(plan_slot: PlanSlot | None, policy_slot: PolicySlot | None, situation: Situation) -> BatterySettingsNow:
    home = situation.home
    worth = worth_of(plan_slot, policy_slot, home)
    if policy_slot is not None:
        return follow(levels_of_policy(policy_slot, home), situation, worth)
    if plan_slot is None:
        return self_use(home, Source.SAFETY, "self-use: there is no valid plan for now")
    settings = follow(levels_of_plan(plan_slot, home), situation, worth)
    return replace(settings, reason=f"{settings.reason} (plan without policy: {plan_slot.reason or plan_slot.action})")


def _heater_words(heater: HeaterSettingsNow | None) -> str:
    if heater is None:
        return ""
    words = {HeaterMode.OFF: "off", HeaterMode.NORMAL: "heating", HeaterMode.BOOST: "heating to the boost setpoint"}
    return f"; water heater {words[heater.mode]}: {heater.reason}"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
