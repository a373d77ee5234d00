"""What `batch` does: the images of a scan become files of requests, and results become answers."""
