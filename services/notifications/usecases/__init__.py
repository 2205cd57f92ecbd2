"""What notifications does: `planning` notices, `composing` what is due, `recording` what became of it."""
