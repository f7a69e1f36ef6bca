"""Floor 4, a door: the Vapi API over HTTP. The only importer of httpx.

`client` is the door itself. Nothing is imported here, so that a command without network can use
`redactor` and `endpoint` alone and start fast.
"""
