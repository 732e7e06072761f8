from datetime import UTC, datetime, timedelta

from darkstar.views.series import Line, milliseconds, steps, tidy

START = datetime(2026, 4, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_contiguous_steps_share_their_edge() -> None:
    drawn = steps([(START, START + HOUR, 1.0), (START + HOUR, START + 2 * HOUR, 2.0)])
    assert drawn["x"] == [milliseconds(START + hours * HOUR) for hours in range(3)]
    assert drawn["y"] == [1.0, 2.0, 2.0]


def test_a_gap_is_a_hole_and_not_a_slope() -> None:
    drawn = steps(
        [(START, START + HOUR, 1.0), (START + HOUR, START + 2 * HOUR, None), (START + 2 * HOUR, START + 3 * HOUR, 0.0)]
    )
    assert drawn["y"] == [1.0, 1.0, None, 0.0, 0.0]
    assert drawn["x"] == sorted(drawn["x"], key=lambda at: at or 0)


def test_what_is_not_a_number_is_left_out() -> None:
    line = Line()
    for value in (float("nan"), float("inf"), None, 0.0):
        line.point(START, value)
        line.step(START, START + HOUR, value)
    assert None not in line.y[:1]
    assert line.y == [0.0, 0.0, 0.0]


def test_there_is_no_minus_zero() -> None:
    assert str(tidy(-0.00001)) == "0.0"
