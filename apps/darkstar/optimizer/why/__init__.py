"""Why a slot looks as it does: words with amounts, prices and times, computed from the plan itself."""
