"""The browser that the tests of the page share within a file, and its tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.report.browser import Browser, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    running = Browser(tmp_path_factory.mktemp("chromium"))
    yield running
    running.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def make(**options: Any) -> Page:
        pages.append(Page(browser, **options))
        return pages[-1]

    yield make
    for page in pages:
        page.close()
