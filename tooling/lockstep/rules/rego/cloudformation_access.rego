# What a CloudFormation template opens to everybody, where checkov has no rule for CloudFormation.
package lockstep.cloudformation_access

import data.lockstep.cloudformation
import data.lockstep.network
import rego.v1

policies := {"AWS::ECR::Repository", "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"}

deny contains found if {
	some resource in cloudformation.resources
	resource.type in policies
	some key in ["PolicyDocument", "RepositoryPolicyText"]
	some statement in statements(resource.values[key])
	statement.Effect == "Allow"
	not statement.Condition
	everybody(statement.Principal)
	found := cloudformation.finding(resource, "open-policy", "allows everybody: name the principals, or add a Condition")
}

deny contains found if {
	some resource in cloudformation.resources
	resource.type == "AWS::EKS::Cluster"
	settings := object.get(resource.values, "ResourcesVpcConfig", {})
	not object.get(settings, "EndpointPublicAccess", true) in {false, "false"}
	some range in object.get(settings, "PublicAccessCidrs", ["0.0.0.0/0"])
	range in network.everywhere
	message := "has an API that the whole internet reaches: set EndpointPublicAccess or PublicAccessCidrs"
	found := cloudformation.finding(resource, "public-service", message)
}

statements(document) := document.Statement if is_array(document.Statement)

statements(document) := [document.Statement] if is_object(document.Statement)

everybody("*")

everybody(principal) if {
	some name in listed(principal.AWS)
	name in {"*", "arn:aws:iam::*"}
}

everybody("arn:aws:iam::*")

listed(names) := names if is_array(names)

listed(names) := [names] if is_string(names)
