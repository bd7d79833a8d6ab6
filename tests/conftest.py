"""What every test shares."""

from __future__ import annotations

from hypothesis import settings

# A slow, busy machine is no failure; the failing example is printed with how to repeat it.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")
