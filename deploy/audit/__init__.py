"""Compares the four services with each other and with the bus, when nothing is under way any more.

It shares no code with what it judges: SQL of its own, a plain consumer, its own fold of what was published.
`comparing` is how statements are laid side by side, `rights`, `seats`, `places`, `notices` and `people` what is
compared, `erased` who must be nowhere, `rest` whether everything has come to rest.
"""
