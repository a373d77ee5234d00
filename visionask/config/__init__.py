"""Settings and the catalog of models. The only reader of the environment."""
