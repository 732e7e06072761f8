"""The doctor: looks at entities, counters, prices, forecasts and the machine; says what is wrong and how to mend it."""
