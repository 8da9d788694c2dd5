package lockstep.transport_test

import data.lockstep.making
import data.lockstep.transport
import rego.v1

test_plain_listeners_are_refused if {
	making.rules(transport.deny) == {"tls-listener"} with input as making.hcl("aws_lb_listener", {"protocol": "HTTP"})
}

test_a_redirect_to_https_is_fine if {
	action := {"type": "redirect", "redirect": [{"protocol": "HTTPS"}]}
	count(transport.deny) == 0 with input as making.hcl("aws_lb_listener", {"protocol": "HTTP", "default_action": [action]})
}

test_old_tls_is_refused if {
	count(transport.deny) == 1 with input as making.hcl("aws_lb_listener", {"protocol": "HTTPS"})
	old := {"protocol": "HTTPS", "ssl_policy": "ELBSecurityPolicy-TLS-1-1-2017-01"}
	count(transport.deny) == 1 with input as making.hcl("aws_lb_listener", old)
	new := {"protocol": "HTTPS", "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}
	count(transport.deny) == 0 with input as making.hcl("aws_lb_listener", new)
	count(transport.deny) == 0 with input as making.hcl("aws_lb_listener", {"protocol": "TLS", "ssl_policy": "${var.policy}"})
}

test_distributions_serve_https if {
	open := {"default_cache_behavior": [{"viewer_protocol_policy": "allow-all"}]}
	making.rules(transport.deny) == {"tls-distribution"} with input as making.hcl("aws_cloudfront_distribution", open)
	closed := {"default_cache_behavior": [{"viewer_protocol_policy": "redirect-to-https"}]}
	count(transport.deny) == 0 with input as making.hcl("aws_cloudfront_distribution", closed)
}

test_services_insist_on_tls if {
	making.rules(transport.deny) == {"tls-service"} with input as making.hcl("aws_elasticache_replication_group", {})
	on := {"transit_encryption_enabled": true}
	count(transport.deny) == 0 with input as making.hcl("aws_elasticache_replication_group", on)
	count(transport.deny) == 1 with input as making.hcl("aws_opensearch_domain", {})
	inside := {"domain_endpoint_options": [{"enforce_https": true}]}
	count(transport.deny) == 0 with input as making.hcl("aws_opensearch_domain", inside)
}

test_brokers_take_nothing_but_tls if {
	plain := {"encryption_info": [{"encryption_in_transit": [{"client_broker": "TLS_PLAINTEXT"}]}]}
	making.rules(transport.deny) == {"tls-service"} with input as making.hcl("aws_msk_cluster", plain)
	count(transport.deny) == 0 with input as making.hcl("aws_msk_cluster", {})
}

test_a_bucket_without_a_policy_takes_plain_requests if {
	making.rules(transport.deny) == {"tls-bucket"} with input as making.hcl("aws_s3_bucket", {})
}

test_a_policy_must_deny_them if {
	with_policy := {"bucket": "${aws_s3_bucket.one.id}", "policy": `{"Condition": {"Bool": {"aws:SecureTransport": "false"}}}`}
	given := making.pair("aws_s3_bucket", {}, "aws_s3_bucket_policy", with_policy)
	count(transport.deny) == 0 with input as given
	without := object.union(with_policy, {"policy": "{}"})
	count(transport.deny) == 1 with input as making.pair("aws_s3_bucket", {}, "aws_s3_bucket_policy", without)
	written := object.union(with_policy, {"policy": "${jsonencode({ Statement = [] })}"})
	count(transport.deny) == 1 with input as making.pair("aws_s3_bucket", {}, "aws_s3_bucket_policy", written)
}

test_a_document_beside_it_is_looked_at if {
	policy := {"bucket": "${aws_s3_bucket.one.id}", "policy": "${data.aws_iam_policy_document.tls.json}"}
	resources := making.pair("aws_s3_bucket", {}, "aws_s3_bucket_policy", policy)
	good := document({"variable": "aws:SecureTransport"})
	bad := document({"variable": "aws:SourceIp"})
	count(transport.deny) == 0 with input as array.concat(resources, good)
	count(transport.deny) == 1 with input as array.concat(resources, bad)
}

test_a_policy_from_elsewhere_is_believed if {
	policy := {"bucket": "${aws_s3_bucket.one.id}", "policy": "${module.policy.json}"}
	count(transport.deny) == 0 with input as making.pair("aws_s3_bucket", {}, "aws_s3_bucket_policy", policy)
}

test_an_ingress_has_a_certificate if {
	making.rules(transport.deny) == {"tls-ingress"} with input as ingress({})
	count(transport.deny) == 0 with input as ingress({"tls": [{"hosts": ["shop.example"]}]})
}

ingress(spec) := [{"path": "k8s/i.yaml", "contents": {"kind": "Ingress", "metadata": {"name": "i"}, "spec": spec}}]

document(condition) := [{
	"path": "iac/one/policy.tf",
	"contents": {"data": {"aws_iam_policy_document": {"tls": [{"statement": [{"condition": [condition]}]}]}}},
}]
