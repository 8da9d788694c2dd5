package lockstep.cloudformation_access_test

import data.lockstep.cloudformation_access as access
import data.lockstep.making
import rego.v1

template(type, properties) := [{"path": "a.template.yaml", "contents": {"Resources": {"One": {
	"Type": type,
	"Properties": properties,
}}}}]

policy(statement) := template("AWS::SQS::QueuePolicy", {"PolicyDocument": {"Statement": statement}})

allow(principal) := {"Effect": "Allow", "Action": "sqs:SendMessage", "Principal": principal}

test_nobody_is_everybody if {
	every principal in ["*", {"AWS": "*"}, {"AWS": ["arn:aws:iam::111122223333:root", "*"]}, "arn:aws:iam::*"] {
		making.rules(access.deny) == {"open-policy"} with input as policy([allow(principal)])
	}
	every principal in [{"AWS": "arn:aws:iam::111122223333:root"}, {"Service": "sns.amazonaws.com"}] {
		count(access.deny) == 0 with input as policy([allow(principal)])
	}
}

test_a_statement_may_stand_alone if {
	count(access.deny) == 1 with input as policy(allow("*"))
	repository := {"RepositoryPolicyText": {"Statement": [allow("*")]}}
	count(access.deny) == 1 with input as template("AWS::ECR::Repository", repository)
}

test_a_condition_or_a_denial_is_fine if {
	narrowed := object.union(allow("*"), {"Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:::orders"}}})
	count(access.deny) == 0 with input as policy([narrowed])
	count(access.deny) == 0 with input as policy([object.union(allow("*"), {"Effect": "Deny"})])
}

test_a_cluster_is_not_reached_from_everywhere if {
	every settings in [{}, {"EndpointPublicAccess": true}, {"PublicAccessCidrs": ["10.0.0.0/8", "0.0.0.0/0"]}] {
		given := template("AWS::EKS::Cluster", {"ResourcesVpcConfig": settings})
		making.rules(access.deny) == {"public-service"} with input as given
	}
	every settings in [{"EndpointPublicAccess": false}, {"PublicAccessCidrs": ["192.0.2.0/24"]}] {
		count(access.deny) == 0 with input as template("AWS::EKS::Cluster", {"ResourcesVpcConfig": settings})
	}
}
