"""What a conversation is, and how it goes on."""
