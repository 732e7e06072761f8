"""From the steps of a profile's state to the writes that bring it about, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ...home.profiles.device import DeviceSettings
from ...home.profiles.steps import CallStep, PressStep, SetStep, Step, Value
from ...home.profiles.vocabulary import SWITCH_DOMAINS, State, Unit
from ...home.profiles.vocabulary import Quantity as Wanted
from .conversion import Amount, Scale, constant, converted
from .writes import Call, Option, Phase, Press, Quantity, Toggle, Write
from .writes import Value as Written

_ORDER = list(Phase)


@dataclass(frozen=True, slots=True)
class Steps:
    """A device, and the numbers that its steps can write; one that is None is not known now."""

    device: DeviceSettings
    amounts: Mapping[Wanted, Amount | None]
    scale: Scale

    def writes(self, state: State, note: str = "") -> tuple[Write, ...]:
        """The writes of a state, in the order in which they go out; the first bears the note.

        Steps without an entity, and numbers that are not known, are left out.
        """
        done: list[Write] = []
        for step in self.device.steps(state):
            write = self._press(step, done) if isinstance(step, PressStep) else self._write(step)
            if write is not None:
                done.append(write)
        done.sort(key=lambda write: _ORDER.index(write.phase))
        return (replace(done[0], note=note), *done[1:]) if done else ()

    def _write(self, step: Step) -> Write | None:
        if isinstance(step, SetStep):
            value = self._value(step)
            return None if value is None else Write(self.device.entities[step.set], value, self._phase(step))
        if isinstance(step, CallStep):
            call = self._call(step)
            return None if call is None else Write(step.call.replace("/", "."), call, self._phase(step))
        return None

    def _press(self, step: PressStep, before: list[Write]) -> Write:
        phase = max((write.phase for write in before), key=_ORDER.index, default=Phase.CLOSE)
        settings = tuple(f"{write.entity_id}={write.value.text}" for write in before)
        after = frozenset(write.entity_id for write in before)
        return Write(self.device.entities[step.press], Press(settings, after, step.renew_minutes), phase)

    def _phase(self, step: Step) -> Phase:
        if self.device.opens(step):
            return Phase.OPEN
        is_mode = step.is_mode if isinstance(step, CallStep) else self._sets_mode(step)
        return Phase.CLOSE if is_mode else Phase.ADJUST

    def _sets_mode(self, step: Step) -> bool:
        return isinstance(step, SetStep) and self.device.profile.is_mode(step.set)

    def _value(self, step: SetStep) -> Written | None:
        role = self.device.profile.entities[step.set]
        if role.unit is not None:
            return self._number(step.to, role.unit)
        text = self._text(step.to)
        return Toggle(text) if SWITCH_DOMAINS.intersection(role.domains) else Option(text)

    def _call(self, step: CallStep) -> Call | None:
        data: list[tuple[str, str | int | float]] = []
        for name, value in step.data.items():
            given = self._datum(value)
            if given is None:
                return None
            data.append((name, given))
        confirm = self.device.confirm_entity(step.confirm)
        states = step.confirm.states if step.confirm is not None and confirm is not None else ()
        return Call(step.call, tuple(data), confirm, states, step.renew_minutes)

    def _datum(self, value: Value) -> str | int | float | None:
        if value.setting is not None:
            return self.device.parameters[value.setting]
        if not value.is_number:
            return self._text(value)
        if value.unit is None:
            return _plain(value.constant)
        number = self._number(value, value.unit)
        return None if number is None else _plain(number.amount)

    def _text(self, value: Value) -> str:
        return self.device.option(value.option) if value.option is not None else str(value.text)

    def _number(self, value: Value, unit: Unit) -> Quantity | None:
        if value.constant is not None:
            return constant(value.constant, unit)
        amount = self.amounts.get(value.quantity) if value.quantity is not None else None
        if amount is None:
            return None
        number = converted(amount, unit, value.rounding, self.scale)
        return replace(number, amount=-number.amount) if value.negative and number.amount else number


def _plain(number: float | None) -> int | float | None:
    """Whole numbers without a point: some services take no other."""
    return int(number) if number is not None and number == int(number) else number
