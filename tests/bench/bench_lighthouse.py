"""Lighthouse's scores of Today, Leads, Board and a lead, on a desk and on a phone; needs npx (Node) and Chromium."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from conftest import MISSING, find_chromium
from tests.bench.rounds import tell
from tests.browser.demo import ARGS, demo, log_in

CATEGORIES = ("performance", "accessibility", "best-practices")
LIMIT = 95
DEVICES = {"desk": ["--preset=desktop"], "phone": []}


def scores(npx, address, cookie, device, folder):
    """Lighthouse's answer for one page, and the audits that cost points."""
    headers, answer = Path(folder, "headers.json"), Path(folder, "answer.json")
    headers.write_text(json.dumps({"Cookie": cookie}))
    command = [
        npx, "--yes", "lighthouse", address, "--quiet", "--output=json", f"--output-path={answer}",
        f"--extra-headers={headers}", f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags=--headless=new {' '.join(ARGS)}", *DEVICES[device],
    ]  # fmt: skip
    subprocess.run(command, check=True, cwd=folder, env=os.environ | {"CHROME_PATH": find_chromium()})
    found = json.loads(answer.read_text())
    lost = {
        name: audit["title"] for name, audit in found["audits"].items()
        if audit["score"] is not None and audit["score"] < 0.9 and audit["scoreDisplayMode"] != "informative"
    }  # fmt: skip
    figures = {name: round(100 * found["categories"][name]["score"]) for name in CATEGORIES}
    shift = round(found["audits"]["cumulative-layout-shift"]["numericValue"], 4)
    assert found["finalDisplayedUrl"] == address, "not logged in"
    return figures, shift, lost


def visit(url):
    """The cookie of the demo's SDR, and the pages he works on."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGS)
        page = browser.new_page(base_url=url)
        log_in(page, "sam")
        lead = page.locator("[data-row] a[href^='/leads/']").first.get_attribute("href")
        cookie = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
        browser.close()
    lead = lead.partition("?")[0]
    return cookie, {"today": "/today/", "leads": "/leads/", "board": "/leads/board/", "lead": lead}


def main(*devices):
    npx = shutil.which("npx") or sys.exit("npx was not found. Lighthouse needs Node; the product does not.")
    find_chromium() or sys.exit(f"{MISSING}; install it, or name it in CHROMIUM")
    with demo() as url, tempfile.TemporaryDirectory() as folder:
        cookie, pages = visit(url)
        for device in devices or DEVICES:
            for name, path in pages.items():
                figures, shift, lost = scores(npx, url + path, cookie, device, folder)
                kept = min(figures.values()) >= LIMIT
                tell(bench="lighthouse", page=name, device=device, **figures, shift=shift, kept=kept, lost=lost)


if __name__ == "__main__":
    main(*sys.argv[1:])
