package lockstep.cloudformation_transport_test

import data.lockstep.cloudformation_transport as transport
import data.lockstep.making
import rego.v1

template(type, properties) := [{"path": "a.template.yaml", "contents": {"Resources": {"One": {
	"Type": type,
	"Properties": properties,
}}}}]

listener := "AWS::ElasticLoadBalancingV2::Listener"

test_plain_listeners_are_refused if {
	making.rules(transport.deny) == {"tls-listener"} with input as template(listener, {"Protocol": "HTTP"})
	redirecting := {"Protocol": "HTTP", "DefaultActions": [{"RedirectConfig": {"Protocol": "HTTPS"}}]}
	count(transport.deny) == 0 with input as template(listener, redirecting)
	classic := {"Listeners": [{"Protocol": "TCP"}, {"Protocol": "HTTP"}]}
	making.rules(transport.deny) == {"tls-listener"} with input as template("AWS::ElasticLoadBalancing::LoadBalancer", classic)
}

test_a_classic_balancer_negotiates_new_tls if {
	every reference, count_ in {"ELBSecurityPolicy-TLS-1-2-2017-01": 0, "ELBSecurityPolicy-2016-08": 1} {
		given := {
			"Listeners": [{"Protocol": "HTTPS", "PolicyNames": ["one"]}],
			"Policies": [{"PolicyName": "one", "Attributes": [{"Name": "Reference-Security-Policy", "Value": reference}]}],
		}
		count(transport.deny) == count_ with input as template("AWS::ElasticLoadBalancing::LoadBalancer", given)
	}
	without := {"Listeners": [{"Protocol": "SSL"}]}
	making.rules(transport.deny) == {"tls-listener"} with input as template("AWS::ElasticLoadBalancing::LoadBalancer", without)
}

test_old_tls_is_refused if {
	making.rules(transport.deny) == {"tls-listener"} with input as template(listener, {"Protocol": "HTTPS"})
	old := {"Protocol": "TLS", "SslPolicy": "ELBSecurityPolicy-2016-08"}
	making.rules(transport.deny) == {"tls-listener"} with input as template(listener, old)
	new := {"Protocol": "HTTPS", "SslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06"}
	count(transport.deny) == 0 with input as template(listener, new)
	later := {"Protocol": "HTTPS", "SslPolicy": {"Ref": "Policy"}}
	count(transport.deny) == 0 with input as template(listener, later)
}

test_services_insist_on_tls if {
	every type, paths in transport.switches {
		making.rules(transport.deny) == {"tls-service"} with input as template(type, {})
		count(transport.deny) == 0 with input as template(type, on(paths))
	}
}

test_a_domain_that_lacks_one_switch_is_refused if {
	half := {"DomainEndpointOptions": {"EnforceHTTPS": true}}
	some found in transport.deny with input as template("AWS::OpenSearchService::Domain", half)
	endswith(found.msg, "set NodeToNodeEncryptionOptions.Enabled")
}

test_brokers_take_nothing_but_tls if {
	every broker, count_ in {"TLS_PLAINTEXT": 1, "PLAINTEXT": 1, "TLS": 0} {
		settings := {"EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": broker}}}
		count(transport.deny) == count_ with input as template("AWS::MSK::Cluster", settings)
	}
	count(transport.deny) == 0 with input as template("AWS::MSK::Cluster", {})
}

test_distributions_serve_https if {
	given := {"DistributionConfig": {
		"DefaultCacheBehavior": {"ViewerProtocolPolicy": "https-only"},
		"CacheBehaviors": [{"ViewerProtocolPolicy": "allow-all"}],
	}}
	making.rules(transport.deny) == {"tls-distribution"} with input as template("AWS::CloudFront::Distribution", given)
	alone := {"DistributionConfig": {"DefaultCacheBehavior": {"ViewerProtocolPolicy": "redirect-to-https"}}}
	count(transport.deny) == 0 with input as template("AWS::CloudFront::Distribution", alone)
}

test_a_bucket_has_a_policy_that_denies_plain_requests if {
	making.rules(transport.deny) == {"tls-bucket"} with input as template("AWS::S3::Bucket", {})
	every bucket in [{"Ref": "One"}, "One", "orders"] {
		count(transport.deny) == 0 with input as with_policy(bucket, "aws:SecureTransport")
	}
	count(transport.deny) == 1 with input as with_policy({"Ref": "Other"}, "aws:SecureTransport")
	count(transport.deny) == 1 with input as with_policy({"Ref": "One"}, "aws:SourceIp")
}

with_policy(bucket, key) := [{"path": "a.template.yaml", "contents": {"Resources": {
	"One": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "orders"}},
	"Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": {
		"Bucket": bucket,
		"PolicyDocument": {"Statement": [{"Effect": "Deny", "Condition": {"Bool": {key: "false"}}}]},
	}},
}}}]

on(paths) := {path[0]: true | some path in paths; count(path) == 1} if count(paths[0]) == 1

on(paths) := {path[0]: {path[1]: true} | some path in paths} if count(paths[0]) == 2
