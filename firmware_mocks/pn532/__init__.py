"""PN532 contactless reader on a serial line, and cards in its field."""
