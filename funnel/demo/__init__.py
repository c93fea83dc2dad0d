"""A believable company to look around in: people, companies, and thousands of leads with their whole history.

`lives.py` tells one lead's life as a sequence of steps the gate's rules allow, `seeding.py` writes them, and
`removal.py` takes exactly them away again. Everything follows from a seed and the instant the history ends.
"""
