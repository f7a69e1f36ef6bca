"""State as objects in a bucket: S3, Google Cloud Storage, Azure Blob Storage."""
