"""Where commands write."""

from rich.console import Console

# Results go to standard output, what happens meanwhile to standard error.
results = Console(highlight=False, soft_wrap=True)
messages = Console(stderr=True, highlight=False, soft_wrap=True)
