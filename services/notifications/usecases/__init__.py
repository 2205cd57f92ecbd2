"""What notifications does: `planning` what will be told, `sending` it when its time comes."""
