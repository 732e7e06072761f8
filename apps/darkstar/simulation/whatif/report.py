"""Answers to what-if and advice as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from ..backtest.text_table import table
from .advice import Advice
from .ahead import AheadWhatIf
from .compare import Difference
from .export import ExportWhatIf
from .past import CaseCost, PastWhatIf


def ahead_text(found: AheadWhatIf, zone: ZoneInfo) -> str:
    """The days ahead."""
    start, end = found.start.astimezone(zone), found.end.astimezone(zone)
    lines = [
        f"Ahead, {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}: {_verdict(found.saved, found.currency)}",
        *(f"  {change}" for change in found.changes),
        f"  net {found.as_is.net:.2f} as it is, {found.changed.net:.2f} {found.currency} as it would be",
        *(f"  not possible: {wish}" for wish in found.plan.unmet),
        *_differences(found.elsewhere, zone),
        *(f"  assumed: {one}" for one in found.assumptions),
    ]
    return "\n".join(lines)


def past_text(found: PastWhatIf, zone: ZoneInfo) -> str:
    """The home's own past."""
    start, end = found.start.astimezone(zone), found.end.astimezone(zone)
    head = ("", f"cost {found.currency}", "import less export", "power tariff", "import kWh", "export kWh", "cycles")
    lines = [
        f"Past, {start:%Y-%m-%d} to {end:%Y-%m-%d}: {_verdict(found.saved, found.currency)}, "
        f"{found.saved_per_year:+.0f} {found.currency} in a year of such days",
        *(f"  {change}" for change in found.changes),
        "",
        table([head, *_cases("as it is: ", found.as_is), *_cases("as it would be: ", found.changed)]),
        "",
        *(f"  assumed: {one}" for one in found.assumptions),
        f"  simulated in {found.seconds:.0f} s",
    ]
    return "\n".join(lines)


def export_text(found: ExportWhatIf, zone: ZoneInfo) -> str:
    """A sale at the peak."""
    sold = (
        f"  {slot.start.astimezone(zone):%a %H:%M}-{slot.end.astimezone(zone):%H:%M}: {slot.kwh:.2f} kWh at "
        f"{slot.export_price:.3f}"
        for slot in found.slots
    )
    return "\n".join([f"{found.words[:1].upper()}{found.words[1:]}", *sold, *_differences(found.elsewhere, zone)])


def advice_text(found: Sequence[Advice]) -> str:
    """When to start what."""
    return "\n".join(f"{one.name} ({one.energy_kwh:g} kWh): {one.words}" for one in found) or "no appliances are set"


def _verdict(saved: float, currency: str) -> str:
    return f"{'saves' if saved >= 0 else 'costs'} {abs(saved):.2f} {currency}"


def _cases(prefix: str, cases: Sequence[CaseCost]) -> Iterator[tuple[str, ...]]:
    for case in cases:
        numbers = (case.cost, case.money, case.power, case.import_kwh, case.export_kwh, case.cycles)
        yield (f"{prefix}{case.name}", *(f"{number:.2f}" for number in numbers))


def _differences(found: Sequence[Difference], zone: ZoneInfo) -> Iterator[str]:
    for one in found:
        start, end = one.start.astimezone(zone), one.end.astimezone(zone)
        yield f"  {start:%a %H:%M}-{end:%H:%M}: {one.flow} {one.kwh:+.2f} kWh"
