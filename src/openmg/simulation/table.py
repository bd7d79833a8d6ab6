"""Every slot of every mechanism as one Parquet table, for whoever wants to look for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from openmg.simulation.slots import Slots
from openmg.simulation.street import Street
from openmg.simulation.trade import SetBy

UNITS: Final = {
    "price": "uKRW/Wh", "reference": "uKRW/Wh", "imported": "Wh", "exported": "Wh", "bought": "Wh/65536",
    "sold": "Wh/65536", "flow": "Wh/65536", "discharged": "Wh", "charged": "Wh", "stored": "Wh", "fee": "uKRW/65536",
    "rounding": "uKRW/65536", "homes_buying": "homes", "homes_selling": "homes", "set_by": "name",
}  # fmt: skip


def write_table(path: Path, street: Street, slots: Mapping[str, Slots]) -> None:
    """Write one row a slot and mechanism: `start` (local time), `mechanism`, and the columns of `Slots`.

    The file is written in place; whoever needs it whole or not at all writes into a staged folder.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy, and most commands need none of it
    from pyarrow import parquet  # noqa: PLC0415 - as above

    starts = np.datetime64(street.calendar.first, "s") + np.timedelta64(60 * street.calendar.minutes, "s") * np.arange(
        street.window.start, street.window.stop
    )
    names = [each.name.lower() for each in SetBy]
    kinds = pa.dictionary(pa.int8(), pa.string())
    fields = [pa.field("start", pa.timestamp("s")), pa.field("mechanism", kinds)]
    for name, unit in UNITS.items():
        kind = kinds if name == "set_by" else pa.int64()
        fields.append(pa.field(name, kind, metadata={"unit": unit}))
    schema = pa.schema(fields)
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for mechanism, each in slots.items():
            columns = each.columns()
            columns["set_by"] = pa.DictionaryArray.from_arrays(columns["set_by"].astype(np.int8), names)
            rows = {"start": starts, "mechanism": pa.array([mechanism] * len(starts)).cast(kinds)}
            rows |= {name: columns[name] for name in UNITS}
            writer.write_table(pa.table(rows, schema=schema))
