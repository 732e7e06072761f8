import re
import subprocess
import sys
from pathlib import Path

import pytest

from darkstar.views import page_files

PAGE = Path(page_files.__file__).parent / "page"


def test_the_page_holds_its_style_and_script() -> None:
    page = page_files.page_html()
    assert page.startswith("<!DOCTYPE html>")
    assert "--solar:" in page
    assert "Plotly.react(" in page
    assert "/* chart.js */" not in page
    assert "/* chart.css */" not in page
    assert page.count("</script>") == page.count("</style>") == 1


def test_the_page_asks_only_appdaemon() -> None:
    page = page_files.page_html()
    assert not re.findall(r"https?://|//cdn|@import", page)
    assert 'DATA_URL = "darkstar_chart_data"' in page
    assert 'PLOTLY_URL = "darkstar_plotly"' in page


def test_the_page_writes_text_never_markup() -> None:
    script = (PAGE / "chart.js").read_text(encoding="utf-8")
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)


def test_every_element_that_the_script_wants_is_there() -> None:
    html = (PAGE / "chart.html").read_text(encoding="utf-8")
    script = (PAGE / "chart.js").read_text(encoding="utf-8")
    wanted = re.search(r"Object\.fromEntries\(\s*\[([^\]]+)\]", script)
    assert wanted is not None
    names = re.findall(r'"(\w+)"', wanted.group(1))
    assert names
    assert set(names) <= set(re.findall(r'id="(\w+)"', html))
    assert set(re.findall(r"\bpage\.(\w+)", script)) <= set(names)


def test_every_colour_has_a_value_in_both_themes() -> None:
    style = (PAGE / "chart.css").read_text(encoding="utf-8")
    script = (PAGE / "chart.js").read_text(encoding="utf-8")
    used = set(re.findall(r"var\((--[\w-]+)\)", style)) | set(re.findall(r'"(--[\w-]+)"', script))
    for theme in ("dark", "light"):
        block = re.search(rf'\[data-theme="{theme}"\] {{(.*?)}}', style, re.DOTALL)
        assert block is not None
        assert used <= set(re.findall(r"(--[\w-]+):", block.group(1)))


def test_the_library_comes_from_the_installed_wheel() -> None:
    assert b"plotly.js v" in page_files.plotly_path().read_bytes()[:200]


def test_a_missing_library_is_named_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_files, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="plotly is not installed"):
        page_files.plotly_path()


def test_plotly_itself_is_not_imported() -> None:
    code = (
        "import sys; from darkstar.views.page_files import plotly_path; plotly_path(); print('plotly' in sys.modules)"
    )
    apps = Path(page_files.__file__).parents[2]
    result = subprocess.run([sys.executable, "-c", code], cwd=apps, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
