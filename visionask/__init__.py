"""visionask: ask questions about images from the command line, with the price shown first."""

__version__ = "0.1.0"
