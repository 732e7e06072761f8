"""The layout of measured power by day and quarter-hour."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from darkstar.forecast.day_grid import (
    DAY_CELLS,
    DayGrid,
    Energies,
    Pieces,
    cell_at,
    is_weekend,
    same_time_before,
    start_s,
)
from darkstar.home.slots import Slot, local_day, slots_between

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def grid_of(*rows: tuple[datetime, float, float]) -> DayGrid:
    """Rows of start, hours and kWh at home."""
    columns = ([start.timestamp() for start, _, _ in rows], [row[1] for row in rows], [row[2] for row in rows])
    return DayGrid.of(Energies(*(np.array(column, dtype=np.float64) for column in columns)), STOCKHOLM)


def power_at(grid: DayGrid, instant: datetime) -> float:
    at = grid.positions(np.array([cell_at(instant, grid.zone)], dtype=np.int64))
    return float(grid.power_kw[at][0])


@pytest.mark.parametrize("hours", [0.25, 0.5, 1.0])
def test_rows_of_any_length_become_power(hours: float) -> None:
    grid = grid_of((NOON, hours, 3 * hours))
    assert power_at(grid, NOON) == pytest.approx(3)
    assert power_at(grid, NOON + hours * HOUR - timedelta(seconds=1)) == pytest.approx(3)
    assert np.isnan(power_at(grid, NOON + hours * HOUR))
    assert np.isnan(power_at(grid, NOON - timedelta(seconds=1)))
    assert set(grid.known_at_s[np.isfinite(grid.known_at_s)]) == {(NOON + hours * HOUR).timestamp()}


def test_of_two_rows_of_the_same_time_the_later_one_counts() -> None:
    grid = grid_of((NOON, 1, 1), (NOON, 1, 2))
    assert power_at(grid, NOON) == 2


@pytest.mark.parametrize(("hours", "kwh"), [(1, float("nan")), (1, float("inf")), (1, -0.1), (1 / 30, 0.1)])
def test_what_is_no_energy_of_a_slot_is_left_out(hours: float, kwh: float) -> None:
    assert np.isnan(power_at(grid_of((NOON, hours, kwh)), NOON))


def test_a_row_off_the_grid_is_left_out() -> None:
    assert np.isnan(power_at(grid_of((NOON + timedelta(minutes=7), 1, 1)), NOON))


def test_nothing_measured() -> None:
    assert np.isnan(power_at(grid_of(), NOON))


@pytest.mark.parametrize(("day", "filled"), [(date(2026, 3, 29), 92), (date(2026, 10, 25), 96)])
def test_a_day_of_a_clock_change_has_its_place(day: date, filled: int) -> None:
    start, end = local_day(day, STOCKHOLM)
    rows = [(slot.start, 0.25, number) for number, slot in enumerate(slots_between(start, end))]
    grid = grid_of(*rows)
    assert np.isfinite(grid.power_kw).sum() == filled
    assert grid.first % DAY_CELLS == 0
    assert power_at(grid, end - timedelta(minutes=15)) == (len(rows) - 1) * 4


def test_the_first_pass_of_the_repeated_hour_counts() -> None:
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)
    grid = grid_of((first, 1, 1), (first + HOUR, 1, 2))
    assert power_at(grid, first) == power_at(grid, first + HOUR) == 1


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_same_time_of_the_day_before_is_96_cells_back(day: date) -> None:
    evening = local_day(day, STOCKHOLM)[1] - HOUR
    before = datetime.fromtimestamp(same_time_before(evening, STOCKHOLM, [1])[0], UTC)
    assert before.astimezone(STOCKHOLM).time() == evening.astimezone(STOCKHOLM).time()
    assert cell_at(evening, STOCKHOLM) - cell_at(before, STOCKHOLM) == DAY_CELLS


@pytest.mark.parametrize("minutes", [0, 15, 60 * 24 * 60, 60 * 24 * 180])
def test_a_cell_starts_where_its_first_instant_lies(minutes: int) -> None:
    instant = NOON + timedelta(minutes=minutes)
    assert start_s(cell_at(instant, STOCKHOLM), STOCKHOLM) == instant.timestamp()


def test_weekends() -> None:
    week = [datetime(2026, 1, 5, 12, tzinfo=UTC) + timedelta(days=number) for number in range(7)]
    cells = np.array([cell_at(moment, UTC) for moment in week], dtype=np.int64)
    assert is_weekend(cells).tolist() == [False] * 5 + [True] * 2


def test_pieces_sum_to_the_energy_of_each_slot() -> None:
    horizon = [Slot(NOON + timedelta(minutes=50), 1 / 6), Slot(NOON + HOUR, 1.0), Slot(NOON + 2 * HOUR, 0.5)]
    pieces = Pieces.of(horizon)
    assert pieces.hours.tolist() == pytest.approx([1 / 6, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25])
    power = np.array([6.0, 1.0, 2.0, 3.0, 4.0, 1.0, np.nan])
    energy = pieces.energy_kwh(power)
    assert energy[:2].tolist() == pytest.approx([1.0, 2.5])
    assert np.isnan(energy[2])
