"""What the services say to each other, and nothing else that they share.

`event` is the form, one module per topic owner holds the words, `topics` lists who may say what where. Each event has
an example in `examples/` and a golden JSON Schema in `schemas/`; `python -m contracts` writes the generated files.
"""
