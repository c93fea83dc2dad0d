"""What production is set up from agrees with itself and with the settings."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
EXAMPLE = (ROOT / ".env.example").read_text()
SECRETS = {"SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "ALLOWED_HOSTS"}


@pytest.fixture(scope="module")
def services():
    return YAML(typ="safe").load(COMPOSE)["services"]


def keys_settings_reads():
    calls = [
        node for node in ast.walk(ast.parse((ROOT / "funnel/settings.py").read_text())) if isinstance(node, ast.Call)
    ]
    return {call.args[0].value for call in calls if ast.unparse(call.func).startswith("env.")}


def keys_compose_reads():
    return set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE.read_text()))


def keys_of_example():
    return re.findall(r"^#?([A-Z_]+)=", EXAMPLE, re.MULTILINE)


def test_compose_file_follows_the_compose_schema():
    tool = Path(sys.executable).with_name("check-jsonschema")
    command = [tool, "--builtin-schema", "vendor.compose-spec", COMPOSE]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_production_has_its_six_services(services):
    assert set(services) == {"web", "worker", "beat", "postgres", "redis", "migrate"}


def test_every_service_restarts_and_says_how_it_is(services):
    for name, service in services.items():
        assert service["restart"] in {"unless-stopped", "on-failure"}, name
        assert service["healthcheck"].get("test") or name == "migrate", name


def test_nothing_starts_before_the_database_is_migrated(services):
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_no_secret_has_a_default():
    text = COMPOSE.read_text()
    for key in SECRETS:
        uses = re.findall(r"\$\{" + key + r"\b([^}]*)\}", text)
        assert uses, key
        assert all(use.startswith(":?") for use in uses), key
    assert not re.findall(r"(?im)^ *\w*(?:password|secret)\w*: *(?!\$\{)\S.*", text)


def test_example_leaves_every_secret_empty():
    for key in SECRETS:
        assert f"\n{key}=\n" in EXAMPLE


def test_example_lists_every_key_that_is_read_and_no_other():
    assert set(keys_of_example()) == keys_settings_reads() | keys_compose_reads()


def test_example_lists_no_key_twice():
    assert len(keys_of_example()) == len(set(keys_of_example()))


def test_every_setting_can_be_set_through_compose_or_is_fixed_there(services):
    fixed = {"DATABASE_URL", "REDIS_URL", "DEBUG"}
    of_the_image = {"STATIC_ROOT", "STATIC_FROM_SOURCE"}
    assert set(services["web"]["environment"]) >= keys_settings_reads() - of_the_image
    assert keys_compose_reads() >= keys_settings_reads() - of_the_image - fixed


def test_image_runs_as_nobody_important_with_hashed_packages_only():
    text = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"^USER (.+)$", text, re.MULTILINE) == ["funnel"]
    assert "--require-hashes" in text
    assert "collectstatic" in text


def test_dependencies_are_locked_once():
    assert not (ROOT / "uv.lock").exists()


def test_lock_holds_every_pinned_dependency_and_no_path_of_a_machine():
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r'^  "([\w-]+)(?:\[[\w,]+\])?==([^"]+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert len(pins) > 10
    assert [pin for pin in pins if f"{pin[0]}==" not in lock or f"=={pin[1]} " not in lock] == []
    assert not re.findall(r"/(?:home|root|tmp|work|opt|Users)/|https?://|file:", lock)
