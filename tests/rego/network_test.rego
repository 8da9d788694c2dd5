package lockstep.network_test

import data.lockstep.making
import data.lockstep.network
import rego.v1

ingress(values) := making.hcl("aws_security_group", {"ingress": [object.union({"from_port": 22, "to_port": 22}, values)]})

test_the_whole_internet_is_refused if {
	count(network.deny) == 1 with input as ingress({"cidr_blocks": ["0.0.0.0/0"]})
	count(network.deny) == 1 with input as ingress({"ipv6_cidr_blocks": ["10.0.0.0/8", "::/0"]})
}

test_a_known_range_is_fine if {
	count(network.deny) == 0 with input as ingress({"cidr_blocks": ["10.0.0.0/8"]})
	count(network.deny) == 0 with input as ingress({"cidr_blocks": "${var.ranges}"})
}

test_https_may_be_open if {
	open := {"from_port": 443, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]}
	count(network.deny) == 0 with input as making.hcl("aws_security_group", {"ingress": [open]})
}

test_a_range_of_ports_around_https_may_not if {
	open := {"from_port": 0, "to_port": 443, "cidr_blocks": ["0.0.0.0/0"]}
	count(network.deny) == 1 with input as making.hcl("aws_security_group", {"ingress": [open]})
}

test_rules_of_their_own_count_as_well if {
	rule := {"type": "ingress", "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]}
	count(network.deny) == 1 with input as making.hcl("aws_security_group_rule", rule)
	out := object.union(rule, {"type": "egress"})
	count(network.deny) == 0 with input as making.hcl("aws_security_group_rule", out)
	count(network.deny) == 1 with input as making.hcl("aws_vpc_security_group_ingress_rule", {"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "-1"})
	count(network.deny) == 1 with input as making.hcl("aws_vpc_security_group_ingress_rule", {"cidr_ipv6": "::/0", "from_port": 22, "to_port": 22})
}

test_a_plan_is_judged_alike if {
	after := {"ingress": [{"from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"]}]}
	count(network.deny) == 1 with input as making.plan("aws_security_group", after, {})
}
