# What a plan may not delete, for conftest and OPA, over `resource_changes` as Terraform has it.
#
#   assistants-sync plan --out plan.json && conftest test plan.json --policy examples/ci/policy
#
# The tool has brakes of its own; this is for rules that only your company knows.
package main

import rego.v1

# More than so many deletions are not reviewed well.
max_deletions := 3

# Assistants that a person has to take away by hand, by address.
kept := {"assistant.front-desk", "assistant.emergency-triage"}

deletions contains change.address if {
	some change in input.resource_changes
	"delete" in change.change.actions
}

deny contains message if {
	input.environment == "production"
	some address in deletions & kept
	message := sprintf("%s is never deleted in production", [address])
}

deny contains message if {
	count(deletions) > max_deletions
	message := sprintf("%d deletions, at most %d are reviewed at a time", [count(deletions), max_deletions])
}
