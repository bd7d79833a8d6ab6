"""A day of real homes, traded in secret and told in pictures."""
