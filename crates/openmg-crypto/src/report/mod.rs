//! The report proof (MARKET-2..7, WIRE-7).
