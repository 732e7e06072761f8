"""The chart page and its library, as files."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

_PAGE = Path(__file__).parent / "page"


def page_html() -> str:
    """The chart page as one document: its style sheet and script stand inside it."""
    page = (_PAGE / "chart.html").read_text(encoding="utf-8")
    style = (_PAGE / "chart.css").read_text(encoding="utf-8")
    script = (_PAGE / "chart.js").read_text(encoding="utf-8")
    return page.replace("/* chart.css */", style).replace("/* chart.js */", script)


def plotly_path() -> Path:
    """Where Plotly's JavaScript lies in the installed wheel; Plotly itself is not imported.

    Raises:
        FileNotFoundError: Plotly is not installed, or its wheel has no JavaScript in it.
    """
    spec = find_spec("plotly")
    folders = spec.submodule_search_locations if spec else None
    for folder in folders or ():
        path = Path(folder) / "package_data" / "plotly.min.js"
        if path.is_file():
            return path
    msg = "the Python package plotly is not installed: add it to AppDaemon's python_packages (pip install plotly)"
    raise FileNotFoundError(msg)
