"""What notifications does: `planning` what will be told, `composing` it when its time comes, `sending` it."""
