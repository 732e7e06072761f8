from io import StringIO

from darkstar.simulation.backtest.progress import progress_bar


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_sees_the_end() -> None:
    terminal = Terminal()
    with progress_bar(terminal) as progress:
        progress(1, 4)
        progress(4, 4)
    assert "4/4" in terminal.getvalue()
    assert terminal.getvalue().endswith("\n")


def test_a_file_sees_nothing() -> None:
    file = StringIO()
    with progress_bar(file) as progress:
        progress(4, 4)
    assert file.getvalue() == ""
