"""Everything about pictures: where they are, what their headers say, how they are made ready. Pillow lives here."""
