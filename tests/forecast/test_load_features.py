"""What load depends on, as it was known."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from math import sin

import numpy as np

from darkstar.forecast.bands import Context
from darkstar.forecast.candidates import Material
from darkstar.forecast.day_grid import DAY_CELLS, cell_at
from darkstar.forecast.load_features import CLOCK_FEATURES, LoadFeatures
from darkstar.forecast.load_models import LearnedLoad, Ridge
from darkstar.forecast.slot_mean import Issues
from darkstar.forecast.training import Quantity
from darkstar.home.observation import Observation
from darkstar.home.sources import LoadForecastSettings
from darkstar.home.weather import WeatherHour
from tests.forecast.material import HOME, NOW, ROWS, household, material
from tests.forecast.samples import Power, days, flat, history

WEEK = np.arange(7 * DAY_CELLS, dtype=np.int64)
RIDGE = LearnedLoad("calendar ridge", (Ridge.fit,))
SWEDISH = HOME.model_copy(update={"load_forecast": LoadForecastSettings(holidays="SE")})


def issue(known: Material, instant: datetime = NOW) -> Issues:
    return Issues.days_before(instant, known.mean.grid.zone, [0])


def test_rows_are_finite_also_with_gaps_and_without_history() -> None:
    gaps = [row for row in ROWS if row.start.day % 3]
    for rows in (ROWS, gaps, ROWS[-60:], []):
        known = material(Quantity.LOAD, rows)
        made = LoadFeatures(known).of(issue(known), WEEK)
        assert np.isfinite(made.values).all()
        assert made.values.shape[:2] == made.base_kw.shape == (1, len(WEEK))


def test_the_clock_counts_weekday_quarter_hour_and_hours_ahead() -> None:
    known = material(Quantity.LOAD)
    clock = LoadFeatures(known).of(issue(known), WEEK).values[0, :, -CLOCK_FEATURES:]
    local = NOW.astimezone(HOME.zone)
    assert clock[0].tolist() == [local.weekday(), local.hour * 4 + local.minute // 15, 0.0]
    assert clock[DAY_CELLS].tolist() == [(local.weekday() + 1) % 7, local.hour * 4 + local.minute // 15, 24.0]
    assert clock[-1, 2] == 48.0


def load_on(rows: Sequence[Observation], at: datetime, context: Context, holidays: bool = False) -> float:
    """What the ridge expects of an hour, a day ahead."""
    known = material(Quantity.LOAD, rows, SWEDISH if holidays else HOME, context)
    zone = known.mean.grid.zone
    fitted = RIDGE.fit(known, cell_at(at - days(1), zone))
    assert fitted is not None
    return float(fitted.issued_kw(known, issue(known, at - days(1)), np.array([DAY_CELLS], dtype=np.int64))[0, 0])


def on_rest_days(instant: datetime) -> float:
    """3 kW at noon on weekends and the Swedish holidays of a spring, 1 kW else."""
    off = {date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 1), date(2026, 5, 14)}
    rests = instant.weekday() >= 5 or instant.date() in off
    return 3.0 if rests and 9 <= instant.hour < 13 else 1.0


def test_a_holiday_is_like_a_sunday() -> None:
    noon = datetime(2026, 5, 14, 10, tzinfo=UTC)
    rows = history(noon - days(80), noon - days(1), on_rest_days, flat(0.0), 60)
    assert load_on(rows, noon, Context()) < 1.5
    assert load_on(rows, noon, Context(), holidays=True) > 1.5


def heated(celsius: Power) -> Power:
    return lambda instant: 0.5 + 0.15 * max(16.0 - celsius(instant), 0.0)


def test_a_cold_day_to_come_is_heated() -> None:
    noon = datetime(2026, 2, 14, 12, tzinfo=UTC)

    def celsius(instant: datetime) -> float:
        return 4.0 * sin(instant.toordinal() * 1.7)

    def told(instant: datetime, last: float) -> float:
        return last if instant > noon - days(1) else celsius(instant)

    start = noon.replace(hour=0) - days(80)
    rows = history(start, noon - days(1), heated(celsius), flat(0.0), 60)
    hours = [start + timedelta(hours=hour) for hour in range(82 * 24)]
    cold, mild = (
        load_on(rows, noon, Context(weather=tuple(WeatherHour(at, None, told(at, last)) for at in hours)))
        for last in (-8.0, 8.0)
    )
    assert 0.4 * 0.15 * 16 < cold - mild < 1.2 * 0.15 * 16


def test_the_last_hours_say_more_about_the_next_ones_than_about_tomorrow() -> None:
    rows = [row for row in ROWS if row.end <= NOW]
    raised = [
        *rows[:-3],
        *(Observation(row.start, row.hours, (row.load_kwh or 0.0) + 2.0, row.pv_kwh) for row in rows[-3:]),
    ]
    expected = []
    for each in (rows, raised):
        known = material(Quantity.LOAD, each)
        fitted = RIDGE.fit(material(Quantity.LOAD, rows), cell_at(NOW - days(1), HOME.zone))
        assert fitted is not None
        expected.append(fitted.issued_kw(known, issue(known), WEEK)[0])
    rise = expected[1] - expected[0]
    assert rise[:4].mean() > 2 * abs(rise[40:88].mean())


def test_it_beats_the_mean_where_levels_wander() -> None:
    rows = history(NOW.replace(minute=0) - days(90), NOW, household(7), flat(0.0), 60)
    known = material(Quantity.LOAD, rows, context=Context())
    zone = known.mean.grid.zone
    fitted = RIDGE.fit(known, cell_at(NOW - days(15), zone))
    assert fitted is not None
    issues = Issues.days_before(NOW, zone, range(2, 15))
    day = np.arange(DAY_CELLS, dtype=np.int64)
    came = known.mean.measured_kw(issues, day, NOW.timestamp())
    with_it, without = (
        float(np.nanmean((came - expected) ** 2))
        for expected in (fitted.issued_kw(known, issues, day), known.mean.issued_kw(issues, day))
    )
    assert with_it < without
