"""What programs stay clear of because the engine is known to answer wrongly, or not at all. Set one to False to see it."""

# -0.0 and 0.0 are equal, but not in windows, orders, `distinct(on)`, `count` of distinct values, `except_(all=True)`, `case` and `nullif`.
NEGATIVE_ZERO = True
# NaN equals NaN, but a group has those of one sign alone: `inf - inf` is a NaN of the other one.
NAN_OF_BOTH_SIGNS = True
# Feeding an aggregate in an order by a column and a copy of it is an error.
COPIES_OF_COLUMNS = True
# `first_value(x).ignore_nulls()` cannot be said: `ignore_nulls` stands after aggregates only.
IGNORE_NULLS_IN_WINDOWS = True

# Not faults, but limits that the engine reports as UNSUPPORTED: aggregates that cannot take a row back (`bool_or`) over a frame whose
# start moves, and two `string_agg` in different orders in one aggregation. Programs have neither.
