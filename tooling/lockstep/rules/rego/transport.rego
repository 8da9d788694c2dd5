# Nothing is served or stored over anything but TLS 1.2 or later.
package lockstep.transport

import data.lockstep.resources
import rego.v1

# Attributes that must be on, by type; a path of blocks leads to some.
switches := {
	"aws_elasticache_replication_group": {"block": "", "key": "transit_encryption_enabled"},
	"aws_opensearch_domain": {"block": "domain_endpoint_options", "key": "enforce_https"},
	"aws_elasticsearch_domain": {"block": "domain_endpoint_options", "key": "enforce_https"},
}

deny contains found if {
	some resource in resources.all
	resource.type in {"aws_lb_listener", "aws_alb_listener"}
	resource.values.protocol == "HTTP"
	not redirects(resource)
	message := sprintf("%s.%s serves plain HTTP; redirect it to HTTPS", [resource.type, resource.name])
	found := resources.finding(resource, "tls-listener", message)
}

deny contains found if {
	some resource in resources.all
	resource.type in {"aws_lb_listener", "aws_alb_listener"}
	resource.values.protocol in {"HTTPS", "TLS"}
	policy := object.get(resource.values, "ssl_policy", default_policy)
	not resources.later(policy)
	not is_new(policy)
	message := sprintf("%s.%s accepts TLS older than 1.2: its ssl_policy is %s", [resource.type, resource.name, policy])
	found := resources.finding(resource, "tls-listener", message)
}

deny contains found if {
	some resource in resources.all
	resource.type == "aws_cloudfront_distribution"
	some key in ["default_cache_behavior", "ordered_cache_behavior"]
	some behaviour in resources.blocks(resource.values, key)
	behaviour.viewer_protocol_policy == "allow-all"
	message := sprintf("aws_cloudfront_distribution.%s serves plain HTTP in its %s", [resource.name, key])
	found := resources.finding(resource, "tls-distribution", message)
}

deny contains found if {
	some resource in resources.all
	wanted := switches[resource.type]
	not switched_on(resource.values, wanted)
	message := sprintf("%s.%s does not insist on TLS: set %s", [resource.type, resource.name, wanted.key])
	found := resources.finding(resource, "tls-service", message)
}

deny contains found if {
	some resource in resources.all
	resource.type == "aws_s3_bucket"
	not refuses_plain(resource)
	message := sprintf("aws_s3_bucket.%s has no policy that denies requests without aws:SecureTransport", [resource.name])
	found := resources.finding(resource, "tls-bucket", message)
}

deny contains found if {
	some resource in resources.all
	resource.type == "aws_msk_cluster"
	some info in resources.blocks(resource.values, "encryption_info")
	some transit in resources.blocks(info, "encryption_in_transit")
	transit.client_broker in plain_brokers
	message := sprintf("aws_msk_cluster.%s does not insist on TLS: its client_broker is %s", [resource.name, transit.client_broker])
	found := resources.finding(resource, "tls-service", message)
}

# What Amazon's services call what they accept.
default_policy := "ELBSecurityPolicy-2016-08"

plain_brokers := {"PLAINTEXT", "TLS_PLAINTEXT"}

is_new(policy) if regex.match(`TLS-?1-?[23]|TLS13`, policy)

redirects(resource) if {
	some action in resources.blocks(resource.values, "default_action")
	some target in resources.blocks(action, "redirect")
	target.protocol == "HTTPS"
}

switched_on(values, wanted) if {
	wanted.block == ""
	resources.on(values, wanted.key)
}

switched_on(values, wanted) if {
	some block in resources.blocks(values, wanted.block)
	resources.on(block, wanted.key)
}

refuses_plain(resource) if {
	some policy in resources.about(resource, "aws_s3_bucket_policy", "bucket")
	contains(policy.values.policy, "aws:SecureTransport")
}

# The policy is a document beside it, or made elsewhere.
refuses_plain(resource) if {
	some policy in resources.about(resource, "aws_s3_bucket_policy", "bucket")
	resources.later(policy.values.policy)
	not contains(policy.values.policy, "jsonencode(")
	documents := {reference | some reference in policy.refs; startswith(reference, "aws_iam_policy_document.")}
	every reference in documents { documented(resource.folder, trim_prefix(reference, "aws_iam_policy_document.")) }
}

documented(folder, name) if {
	some file in input
	resources.folder(file.path) == folder
	some document in file.contents.data.aws_iam_policy_document[name]
	contains(json.marshal(document), "aws:SecureTransport")
}

# Kubernetes: what takes traffic from outside has a certificate.
deny contains found if {
	some file in input
	file.contents.kind == "Ingress"
	count(object.get(file.contents, ["spec", "tls"], [])) == 0
	found := {
		"msg": sprintf("the Ingress %s serves plain HTTP: it has no tls", [file.contents.metadata.name]),
		"rule": "tls-ingress",
		"severity": "high",
		"path": file.path,
		"type": "Ingress",
		"name": file.contents.metadata.name,
	}
}
