"""The home's money for the apps: ledger and regret of past days, the running day, and what-if beside the live plan."""
