"""Renew the pictures of the README: `./run screenshots [FOLDER]` takes them of the demo company into docs/."""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from conftest import MISSING, find_chromium
from tests.browser.demo import ARGS, demo, log_in

SIZE = {"width": 1280, "height": 720}
LIMIT = 150 * 1024  # bytes of a picture: it is loaded by whoever opens the README

# Name → who looks, at what, and whether in the dark.
PICTURES = {
    "today": ("sam", "/today/", False),
    "leads": ("max", "/leads/?stage=mql&stage=sal", False),
    "board": ("max", "/leads/board/", False),
    "lead": ("sam", "", False),
    "lead-dark": ("sam", "", True),
    "funnel": ("max", "/funnel/?entry=mql&by=source", False),
}


def take(browser, url, folder):
    for name, (user, path, dark) in PICTURES.items():
        theme = "dark" if dark else "light"
        page = browser.new_page(base_url=url, viewport=SIZE, color_scheme=theme, reduced_motion="reduce")
        log_in(page, user)
        page.goto(path or most_telling(page))
        page.wait_for_load_state("networkidle")
        picture = folder / f"{name}.png"
        page.screenshot(path=picture)
        size = picture.stat().st_size
        print(f"{picture.name}: {size // 1024} KB{' (too large)' if size > LIMIT else ''}")
        page.close()


def most_telling(page):
    """The address of the first accepted lead in the queue: it has a past, a deal to confirm, and a call to make."""
    page.goto("/today/")
    row = page.locator("[data-row]", has_text="Confirm").first
    return row.locator("a[href^='/leads/']").first.get_attribute("href")


def main(folder="docs"):
    chromium = find_chromium() or sys.exit(f"{MISSING}; install it, or name it in CHROMIUM")
    with demo() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGS)
        take(browser, url, Path(folder))
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
