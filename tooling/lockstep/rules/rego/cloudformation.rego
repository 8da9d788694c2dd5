# The same policies for CloudFormation templates, written by hand or by the CDK.
package lockstep.cloudformation

import data.lockstep.encryption
import data.lockstep.network
import data.lockstep.tags
import rego.v1

resources contains resource if {
	some file in input
	some name, body in file.contents.Resources
	startswith(body.Type, "AWS::")
	resource := {
		"type": body.Type,
		"name": name,
		"path": file.path,
		"values": properties(body),
	}
}

# Written as nothing at all, they are null.
properties(body) := body.Properties if is_object(body.Properties)

properties(body) := {} if not is_object(object.get(body, "Properties", null))

# Types that cost something or hold something, and take Tags.
taggable := {
	"AWS::DynamoDB::Table", "AWS::EC2::Instance", "AWS::EC2::SecurityGroup", "AWS::EC2::VPC", "AWS::ECR::Repository",
	"AWS::ECS::Cluster", "AWS::ECS::Service", "AWS::EFS::FileSystem", "AWS::IAM::Role", "AWS::KMS::Key",
	"AWS::Kinesis::Stream", "AWS::Lambda::Function", "AWS::Logs::LogGroup", "AWS::RDS::DBCluster",
	"AWS::RDS::DBInstance", "AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::SecretsManager::Secret",
}

keys := {
	"AWS::Kinesis::Stream": ["StreamEncryption", "KeyId"],
	"AWS::Backup::BackupVault": ["EncryptionKeyArn"],
	"AWS::CloudTrail::Trail": ["KMSKeyId"],
	"AWS::DocDB::DBCluster": ["KmsKeyId"],
	"AWS::DynamoDB::Table": ["SSESpecification", "KMSMasterKeyId"],
	"AWS::EC2::Volume": ["KmsKeyId"],
	"AWS::ECR::Repository": ["EncryptionConfiguration", "KmsKey"],
	"AWS::EFS::FileSystem": ["KmsKeyId"],
	"AWS::ElastiCache::ReplicationGroup": ["KmsKeyId"],
	"AWS::Elasticsearch::Domain": ["EncryptionAtRestOptions", "KmsKeyId"],
	"AWS::Logs::LogGroup": ["KmsKeyId"],
	"AWS::Neptune::DBCluster": ["KmsKeyId"],
	"AWS::OpenSearchService::Domain": ["EncryptionAtRestOptions", "KmsKeyId"],
	"AWS::RDS::DBCluster": ["KmsKeyId"],
	"AWS::RDS::DBInstance": ["KmsKeyId"],
	"AWS::Redshift::Cluster": ["KmsKeyId"],
	"AWS::SNS::Topic": ["KmsMasterKeyId"],
	"AWS::SQS::Queue": ["KmsMasterKeyId"],
	"AWS::SecretsManager::Secret": ["KmsKeyId"],
}

switches := {"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"}

deny contains found if {
	some resource in resources
	resource.type in taggable
	named := {tag.Key | some tag in object.get(resource.values, "Tags", []); tag.Value != ""}
	missing := tags.required - named
	count(missing) > 0
	found := finding(resource, "required-tags", sprintf("lacks the tags %s", [concat(", ", sort(missing))]))
}

deny contains found if {
	some resource in resources
	path := keys[resource.type]
	not encryption.ones_own(object.get(resource.values, path, ""))
	message := sprintf("is not encrypted with a KMS key: set %s", [concat(".", path)])
	found := finding(resource, "kms-key", message)
}

deny contains found if {
	some resource in resources
	resource.type == "AWS::S3::Bucket"
	not bucket_keyed(resource.values)
	found := finding(resource, "kms-key", "is not encrypted with a KMS key: set KMSMasterKeyID in its BucketEncryption")
}

deny contains found if {
	some resource in resources
	resource.type == "AWS::EC2::Instance"
	some mapping in resource.values.BlockDeviceMappings
	is_object(mapping.Ebs)
	not is_on(object.get(mapping.Ebs, "Encrypted", false))
	found := finding(resource, "kms-key", sprintf("has a volume that is not encrypted: %s", [mapping.DeviceName]))
}

deny contains found if {
	some resource in resources
	resource.type == "AWS::S3::Bucket"
	block := object.get(resource.values, "PublicAccessBlockConfiguration", {})
	off := {switch | some switch in switches; not is_on(object.get(block, switch, false))}
	count(off) > 0
	message := sprintf("lets the public in: %s must be true", [concat(", ", sort(off))])
	found := finding(resource, "s3-public-access-block", message)
}

deny contains found if {
	some resource in resources
	resource.type == "AWS::S3::Bucket"
	resource.values.AccessControl in {"PublicRead", "PublicReadWrite", "AuthenticatedRead"}
	message := sprintf("is open to the public: its ACL is %s", [resource.values.AccessControl])
	found := finding(resource, "s3-public-acl", message)
}

deny contains found if {
	some resource in resources
	some rule in rules(resource)
	some key in ["CidrIp", "CidrIpv6"]
	rule[key] in network.everywhere
	not is_https(rule)
	found := finding(resource, "open-network", sprintf("is open to %s", [rule[key]]))
}

deny contains found if {
	some resource in resources
	resource.type == "AWS::Logs::LogGroup"
	not resource.values.RetentionInDays
	found := finding(resource, "log-retention", "keeps logs for ever: set RetentionInDays")
}

rules(resource) := object.get(resource.values, "SecurityGroupIngress", []) if {
	resource.type == "AWS::EC2::SecurityGroup"
}

rules(resource) := [resource.values] if resource.type == "AWS::EC2::SecurityGroupIngress"

is_https(rule) if {
	to_number(rule.FromPort) == 443
	to_number(rule.ToPort) == 443
}

is_on(value) if value in {true, "true"}

is_on(value) if is_object(value)

bucket_keyed(values) if {
	some rule in values.BucketEncryption.ServerSideEncryptionConfiguration
	encryption.ones_own(object.get(rule, ["ServerSideEncryptionByDefault", "KMSMasterKeyID"], ""))
}

finding(resource, rule, message) := {
	"msg": sprintf("%s (%s) %s", [resource.name, resource.type, message]),
	"rule": rule,
	"severity": "high",
	"path": resource.path,
	"type": resource.type,
	"name": resource.name,
}
