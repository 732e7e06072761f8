"""The pages as documents, put together from the files in `page/`, and the chart library from its wheel."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from importlib.util import find_spec
from pathlib import Path

_PAGE = Path(__file__).parent / "page"


def page_html(name: str, titles: Mapping[str, str], *, every_s: int, plotly: bool = False) -> str:
    """A page as one document: style sheets and scripts stand inside it, so that it comes in one answer.

    `titles` are all pages of the navigation by name. The page asks for its data every `every_s` seconds.

    Raises:
        OSError: a file of the page is missing.
    """
    chart_css, chart_js = ([_text("chart.css")], [_text("chart.js")]) if plotly else ([], [])
    parts = {
        "title": escape(titles[name]),
        "name": escape(name),
        "every": str(every_s),
        "plotly": "darkstar_plotly" if plotly else "",
        "style": "\n".join([_text("base.css"), *chart_css, _text(f"{name}.css", must_exist=False)]),
        "theme.js": _text("theme.js"),
        "icons.svg": _text("icons.svg"),
        "nav": "\n".join(_link(page, title, current=page == name) for page, title in titles.items()),
        "body": _text(f"{name}.html"),
        "base.js": "\n".join([_text("base.js"), *chart_js]),
        "script": _text(f"{name}.js"),
    }
    shell, *pieces = _text("base.html").split("/* ")
    filled = [shell]
    for piece in pieces:
        key, _, rest = piece.partition(" */")
        filled += [parts[key], rest]
    return "".join(filled)


def login_html(title: str) -> str:
    """What a browser gets that AppDaemon does not know, in the place of a page: asks for AppDaemon's password.

    Raises:
        OSError: the file is missing.
    """
    return _text("login.html").replace("/* title */", escape(title))


def _text(file: str, *, must_exist: bool = True) -> str:
    path = _PAGE / file
    return path.read_text(encoding="utf-8") if must_exist or path.exists() else ""


def _link(name: str, title: str, *, current: bool) -> str:
    return f'<a href="darkstar_{escape(name)}"{" aria-current=page" if current else ""}>{escape(title)}</a>'


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
