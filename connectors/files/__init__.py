"""Delivered files: folders and SFTP, when a file is complete, archives, lists as CSV."""
