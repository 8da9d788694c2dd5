# Configurations as conftest hands them to policies.
package lockstep.making

import rego.v1

# A folder of Terraform with one resource of a type, called `one`.
hcl(type, values) := [{"path": "iac/one/main.tf", "contents": {"resource": {type: {"one": [values]}}}}]

# Two resources in one folder.
pair(type, values, other, others) := [{"path": "iac/one/main.tf", "contents": {"resource": {
	type: {"one": [values]},
	other: {"other": [others]},
}}}]

# A plan that makes one resource of a type.
plan(type, after, unknown) := [{"path": "plan.json", "contents": {
	"configuration": {},
	"resource_changes": [{
		"mode": "managed",
		"type": type,
		"name": "one",
		"change": {"actions": ["create"], "after": after, "after_unknown": unknown},
	}],
}}]

rules(found) := {each.rule | some each in found}
