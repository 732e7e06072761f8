"""The backtest: the whole agent over the measured past of homes, against simple rules and the possible."""
