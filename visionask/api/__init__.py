"""The wire to the provider and to a model on this machine. openai and xllamacpp live here."""
