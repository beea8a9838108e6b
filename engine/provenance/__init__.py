"""What a result says about itself: the visible label, signed content credentials, and the check of both."""
