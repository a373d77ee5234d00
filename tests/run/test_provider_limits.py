"""What a provider takes of one picture, held before anything is sent."""

from __future__ import annotations

import pytest

from visionask.config.catalog import server_named
from visionask.core.errors import TooLarge
from visionask.core.image import EncodedImage
from visionask.run.job import check_pictures


@pytest.mark.parametrize(("length", "is_taken"), [(7_500_000, True), (7_500_001, False)])
def test_a_picture_counts_by_its_base64(length: int, is_taken: bool) -> None:
    server = server_named("anthropic")
    assert server is not None
    picture = EncodedImage(bytes(length), "JPEG", 2576, 1449, "", "JPEG", False)
    if is_taken:
        check_pictures(server, [picture])
        return
    with pytest.raises(TooLarge, match=r"in base64 is more than Anthropic Claude.* takes"):
        check_pictures(server, [picture])
