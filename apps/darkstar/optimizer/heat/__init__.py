"""Water heaters: what they owe, what their rules cost, and which blocks of heating are worth a try."""
