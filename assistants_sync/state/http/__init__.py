"""State as one document on a server of Terraform's HTTP protocol."""
