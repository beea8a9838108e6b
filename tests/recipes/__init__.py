"""How what is bundled was made: nothing in here is part of the product."""
