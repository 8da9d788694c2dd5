# Nothing but HTTPS is open to the whole internet.
package lockstep.network

import data.lockstep.resources
import rego.v1

everywhere := {"0.0.0.0/0", "::/0"}

deny contains found if {
	some rule in rules
	some range in rule.ranges
	range in everywhere
	not is_https(rule.values)
	message := sprintf("%s.%s is open to %s", [rule.resource.type, rule.resource.name, range])
	found := resources.finding(rule.resource, "open-network", message)
}

rules contains rule if {
	some resource in resources.all
	resource.type in {"aws_security_group", "aws_default_security_group"}
	some values in resources.blocks(resource.values, "ingress")
	rule := {"resource": resource, "values": values, "ranges": ranges(values)}
}

rules contains rule if {
	some resource in resources.all
	resource.type == "aws_security_group_rule"
	resource.values.type == "ingress"
	rule := {"resource": resource, "values": resource.values, "ranges": ranges(resource.values)}
}

rules contains rule if {
	some resource in resources.all
	resource.type == "aws_vpc_security_group_ingress_rule"
	found := {resource.values[key] | some key in ["cidr_ipv4", "cidr_ipv6"]}
	rule := {"resource": resource, "values": resource.values, "ranges": found}
}

ranges(values) := {range |
	some key in ["cidr_blocks", "ipv6_cidr_blocks"]
	some range in values[key]
}

is_https(values) if {
	to_number(values.from_port) == 443
	to_number(values.to_port) == 443
}
