"""What one process writes and another reads: reports, requests, findings, and the words for them."""
