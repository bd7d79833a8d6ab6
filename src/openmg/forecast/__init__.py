"""Forecasts of a home's load, from its own meter's history, by a small model that homes train together.

Training is in `openmg.forecast.training`, which loads JAX; to forecast does not need it.
"""

from openmg.forecast.features import Windows, next_window, training_windows, windows_of
from openmg.forecast.fixed import to_floats, to_model, update_of
from openmg.forecast.history import History, history_of
from openmg.forecast.meter_file import read_history
from openmg.forecast.model import LARGE, SMALL, Forecast, fit_blend, forecast, start
from openmg.forecast.score import Score, last_week, naive, score

__all__ = [
    "LARGE",
    "SMALL",
    "Forecast",
    "History",
    "Score",
    "Windows",
    "fit_blend",
    "forecast",
    "history_of",
    "last_week",
    "naive",
    "next_window",
    "read_history",
    "score",
    "start",
    "to_floats",
    "to_model",
    "training_windows",
    "update_of",
    "windows_of",
]
