# What a plan may not change without somebody looking.
package main

import rego.v1

# An update that takes away what makes an assistant work: all system text, a tool, a knowledge base.
deny contains message if {
	some change in input.resource_changes
	count(change.destructive) > 0
	message := sprintf("%s: a destructive update", [change.address])
}

# The tool refuses this, too. Here it is refused before anybody is asked to approve it.
deny contains message if {
	some change in input.resource_changes
	some block in change.blocked
	message := sprintf("%s: blocked by %s", [change.address, block.guard])
}

deny contains message if {
	some block in input.blocked
	message := sprintf("the plan is blocked by %s", [block.guard])
}

# A plan that failed, or another file, must not pass for one with nothing in it.
deny contains "this is no plan" if not input.resource_changes

warn contains message if {
	some change in input.resource_changes
	some field in change.change.fields
	startswith(field.path, "/voice")
	message := sprintf("%s: callers will hear another voice", [change.address])
}
