"""Browser tests need Chromium. Without it they are skipped, and the last lines of the report say so."""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "no Chromium found"


def find_chromium() -> str | None:
    """The executable named by CHROMIUM, or else the first one on the PATH."""
    wanted = os.environ.get("CHROMIUM")
    return shutil.which(wanted) if wanted else next(filter(None, map(shutil.which, NAMES)), None)


def must_have_browser() -> bool:
    """A build server must not pass by skipping."""
    return any(os.environ.get(name, "").lower() not in ("", "0", "false") for name in ("CI", "REQUIRE_BROWSER"))


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = find_chromium()
    return path or pytest.fail(f"{MISSING}; install it, or name it in CHROMIUM")


def pytest_collection_modifyitems(items):
    if find_chromium() or must_have_browser():
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=MISSING))


def pytest_runtest_setup(item):
    """With CI or REQUIRE_BROWSER set, a missing Chromium fails every test that needs it."""
    if item.get_closest_marker("browser") and not find_chromium():
        pytest.fail(f"{MISSING}; install it, or name it in CHROMIUM", pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter):
    """Speak after pytest's own summary, where it is seen."""
    result = yield
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(MISSING in str(report.longrepr) for report in skipped)
    if count:
        plural = "test" if count == 1 else "tests"
        terminalreporter.write_line(f"{count} browser {plural} skipped: {MISSING}; install it to run them", yellow=True)
    return result
