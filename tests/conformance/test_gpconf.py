"""The conformance kit gpconf, its cases that ship with it and need no download."""

from __future__ import annotations

import pytest
from gpconf.runner import Runner

from tests.conformance.gpconf_adapter import Parser

OFFLINE = (
    "alpha5-encoding-vectors",
    "alpha5-tle-derived",
    "kvn-syntax-variants",
    "tle-writer-alpha5",
    "corrupt-input",
)


@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)  # gpconf leaves its own files open
@pytest.mark.parametrize("case", OFFLINE)
def test_gpconf_offline_case_passes(case: str) -> None:
    (result,) = Runner(Parser(), fetch_hints=False).run(case_ids=[case])
    failures = [
        f"{item.check} ({item.file}): {item.detail}" for item in result.items if item.status == "fail"
    ]
    assert not failures
    assert result.status in ("pass", "pass-tolerance")
