"""Who vouches for a relay, for the tests that speak with one."""

import pytest
import trustme


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Give an authority that signs a relay's certificate."""
    return trustme.CA()
