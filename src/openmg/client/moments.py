"""Times as CometBFT writes them: RFC 3339 in UTC with up to nine digits, here ns since the Unix epoch."""

from __future__ import annotations

import datetime
import re
from typing import Final

from openmg.errors import Malformed

SECOND: Final = 10**9
"""ns."""
ZERO_NS: Final = -62_135_596_800 * SECOND
"""CometBFT's "no time": 0001-01-01T00:00:00Z."""
_FORM: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def read_moment(text: str) -> int:
    """ns since the Unix epoch; nothing is rounded.

    Raises:
        Malformed: no time of this form.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        raise Malformed(f"{text[:40]!r}: a time like 2026-11-23T08:00:00.123Z was expected")
    try:
        moment = datetime.datetime.strptime(f"{found[1]}+0000", "%Y-%m-%dT%H:%M:%S%z")
    except ValueError as error:
        raise Malformed(f"{text!r} is no time") from error
    past = moment - _EPOCH
    return (past.days * 86_400 + past.seconds) * SECOND + int((found[2] or "").ljust(9, "0"))


def write_moment(nanoseconds: int) -> str:
    """Inverse of `read_moment` in the shortest form, which is CometBFT's.

    Raises:
        Malformed: before the year 1 or after 9999.
    """
    seconds, rest = divmod(nanoseconds, SECOND)
    try:
        moment = _EPOCH + datetime.timedelta(seconds=seconds)
    except OverflowError as error:
        raise Malformed(f"{nanoseconds} ns since 1970 is in no year from 1 to 9999") from error
    fraction = f".{rest:09}".rstrip("0") if rest else ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0") + fraction + "Z"
