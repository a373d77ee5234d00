"""What `scan` does: one request for each of many images, each paid once."""
