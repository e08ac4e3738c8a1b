"""The fixtures of tests/e2e."""

pytest_plugins = ["e2e.conftest"]
