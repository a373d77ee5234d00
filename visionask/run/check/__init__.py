"""What `check` does: statements about images are asked, judged and looked at again."""
