# TLS 1.2 or later, for CloudFormation templates.
package lockstep.cloudformation_transport

import data.lockstep.cloudformation
import data.lockstep.transport
import rego.v1

# What must be on, by type.
switches := {
	"AWS::ElastiCache::ReplicationGroup": [["TransitEncryptionEnabled"]],
	"AWS::Elasticsearch::Domain": [["DomainEndpointOptions", "EnforceHTTPS"], ["NodeToNodeEncryptionOptions", "Enabled"]],
	"AWS::OpenSearchService::Domain": [
		["DomainEndpointOptions", "EnforceHTTPS"],
		["NodeToNodeEncryptionOptions", "Enabled"],
	],
}

deny contains found if {
	some resource in cloudformation.resources
	off := [concat(".", path) |
		some path in switches[resource.type]
		not cloudformation.is_on(object.get(resource.values, path, false))
	]
	count(off) > 0
	message := sprintf("does not insist on TLS: set %s", [concat(" and ", off)])
	found := cloudformation.finding(resource, "tls-service", message)
}

deny contains found if {
	some resource in cloudformation.resources
	resource.type == "AWS::MSK::Cluster"
	allowed := resource.values.EncryptionInfo.EncryptionInTransit.ClientBroker
	allowed in transport.plain_brokers
	found := cloudformation.finding(resource, "tls-service", sprintf("does not insist on TLS: its ClientBroker is %s", [allowed]))
}

deny contains found if {
	some resource in cloudformation.resources
	resource.type == "AWS::ElasticLoadBalancingV2::Listener"
	resource.values.Protocol == "HTTP"
	not redirects(resource.values)
	found := cloudformation.finding(resource, "tls-listener", "serves plain HTTP; redirect it to HTTPS")
}

deny contains found if {
	some resource in cloudformation.resources
	resource.type == "AWS::ElasticLoadBalancingV2::Listener"
	resource.values.Protocol in {"HTTPS", "TLS"}
	policy := object.get(resource.values, "SslPolicy", transport.default_policy)
	is_string(policy)
	not transport.is_new(policy)
	message := sprintf("accepts TLS older than 1.2: its SslPolicy is %s", [policy])
	found := cloudformation.finding(resource, "tls-listener", message)
}

deny contains found if {
	some resource in cloudformation.resources
	resource.type == "AWS::ElasticLoadBalancing::LoadBalancer"
	some listener in resource.values.Listeners
	listener.Protocol == "HTTP"
	found := cloudformation.finding(resource, "tls-listener", "serves plain HTTP")
}

deny contains found if {
	some resource in cloudformation.resources
	resource.type == "AWS::ElasticLoadBalancing::LoadBalancer"
	some listener in resource.values.Listeners
	listener.Protocol in {"HTTPS", "SSL"}
	not negotiated(resource.values, listener)
	message := "accepts TLS older than 1.2: give its listeners a policy whose Reference-Security-Policy is of TLS 1.2"
	found := cloudformation.finding(resource, "tls-listener", message)
}

deny contains found if {
	some resource in cloudformation.resources
	resource.type == "AWS::CloudFront::Distribution"
	settings := resource.values.DistributionConfig
	some behaviour in array.concat([settings.DefaultCacheBehavior], object.get(settings, "CacheBehaviors", []))
	behaviour.ViewerProtocolPolicy == "allow-all"
	found := cloudformation.finding(resource, "tls-distribution", "serves plain HTTP to who asks for it")
}

deny contains found if {
	some resource in cloudformation.resources
	resource.type == "AWS::S3::Bucket"
	not refuses_plain(resource)
	message := "has no AWS::S3::BucketPolicy that denies requests without aws:SecureTransport"
	found := cloudformation.finding(resource, "tls-bucket", message)
}

redirects(values) if {
	some action in values.DefaultActions
	action.RedirectConfig.Protocol == "HTTPS"
}

negotiated(values, listener) if {
	some policy in values.Policies
	policy.PolicyName in listener.PolicyNames
	some attribute in policy.Attributes
	attribute.Name == "Reference-Security-Policy"
	transport.is_new(attribute.Value)
}

# Short forms of functions arrive as what they are given.
refuses_plain(bucket) if {
	some policy in cloudformation.resources
	policy.type == "AWS::S3::BucketPolicy"
	policy.path == bucket.path
	policy.values.Bucket in {bucket.name, {"Ref": bucket.name}, object.get(bucket.values, "BucketName", bucket.name)}
	contains(json.marshal(policy.values.PolicyDocument), "aws:SecureTransport")
}
