# What a component declares, whatever the language: Terraform's HCL and plans as one set of resources.
# A resource: type, name, path and folder of the file, values (blocks are arrays, as in plans), refs (addresses it names).
# A value that is known only later is a string with "${" in it.
package lockstep.resources

import rego.v1

all contains resource if {
	some file in input
	some type, named in file.contents.resource
	some name, bodies in named
	some values in listed(bodies)
	resource := {
		"type": type,
		"name": name,
		"path": file.path,
		"folder": folder(file.path),
		"values": values,
		"refs": referred(values),
	}
}

# In JSON a body stands for itself.
listed(bodies) := bodies if is_array(bodies)

listed(bodies) := [bodies] if is_object(bodies)

all contains resource if {
	some file in input
	some planned in file.contents.resource_changes
	planned.mode == "managed"
	planned.change.after != null
	later := {key: "${later}" | some key, unknown in planned.change.after_unknown; unknown == true}
	resource := {
		"type": planned.type,
		"name": planned.name,
		"path": file.path,
		"folder": file.path,
		"values": object.union(planned.change.after, later),
		"refs": configured(file.contents, planned),
	}
}

folder(path) := concat("/", array.slice(parts, 0, count(parts) - 1)) if parts := split(path, "/")

referred(values) := {address |
	walk(values, [_, value])
	is_string(value)
	contains(value, "${")
	some address in addresses(value)
}

configured(plan, planned) := {address |
	walk(plan.configuration, [_, node])
	node.type == planned.type
	node.name == planned.name
	walk(node.expressions, [_, expression])
	some reference in expression.references
	some address in addresses(reference)
}

# Types have an underscore in them; what stands before a type (`data`) has none.
addresses(expression) := regex.find_n(`[a-z][a-z0-9]*_[a-z0-9_]*\.[A-Za-z_][A-Za-z0-9_-]*`, expression, -1)

# Resources of a type that are about this one: they name it, or name what it is named.
about(resource, type, attribute) := [other |
	some other in all
	other.type == type
	other.folder == resource.folder
	concerns(other, resource, attribute)
]

concerns(other, resource, _) if concat(".", [resource.type, resource.name]) in other.refs

concerns(other, resource, attribute) if {
	given(resource.values, attribute)
	other.values[attribute] == resource.values[attribute]
}

given(values, key) if {
	object.get(values, key, null) != null
	values[key] != ""
}

later(value) if {
	is_string(value)
	contains(value, "${")
}

# Whether a switch is on, or may be: only later is it known.
on(values, key) if object.get(values, key, false) == true

on(values, key) if object.get(values, key, false) == "true"

on(values, key) if later(object.get(values, key, false))

blocks(values, key) := found if {
	found := values[key]
	is_array(found)
} else := [values[key]] if {
	is_object(values[key])
} else := []

finding(resource, rule, message) := {
	"msg": message,
	"rule": rule,
	"severity": "high",
	"path": resource.path,
	"type": resource.type,
	"name": resource.name,
}
