"""What a face does, and another person's pictures bent to do the same (reenactment: Thies et al. 2016, Face2Face)."""
