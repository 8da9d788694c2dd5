package lockstep.cloudformation_test

import data.lockstep.cloudformation
import data.lockstep.making
import data.lockstep.tags
import rego.v1

template(type, properties) := [{"path": "a.template.yaml", "contents": {"Resources": {"One": {
	"Type": type,
	"Properties": object.union({"Tags": whole}, properties),
}}}}]

whole := [{"Key": key, "Value": "x"} | some key in tags.required]

key := "alias/one"

test_all_tags_are_required if {
	given := template("AWS::EC2::VPC", {"Tags": [{"Key": "env", "Value": "dev"}, {"Key": "owner", "Value": ""}]})
	some found in cloudformation.deny with input as given
	endswith(found.msg, "lacks the tags cost_center, owner, service, tenant")
	count(cloudformation.deny) == 0 with input as template("AWS::EC2::VPC", {})
}

test_every_type_names_its_key if {
	every type, path in cloudformation.keys {
		without := template(type, {"RetentionInDays": 30})
		making.rules(cloudformation.deny) == {"kms-key"} with input as without
		with_key := template(type, object.union({"RetentionInDays": 30}, nested(path)))
		count(cloudformation.deny) == 0 with input as with_key
	}
}

nested(path) := {path[0]: key} if count(path) == 1

nested(path) := {path[0]: {path[1]: key}} if count(path) == 2

bucket := {
	"PublicAccessBlockConfiguration": {switch: true | some switch in cloudformation.switches},
	"BucketEncryption": {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"KMSMasterKeyID": key}}]},
}

test_a_bucket_is_closed_and_keyed if {
	count(cloudformation.deny) == 0 with input as template("AWS::S3::Bucket", bucket)
	making.rules(cloudformation.deny) == {"kms-key", "s3-public-access-block"} with input as template("AWS::S3::Bucket", {})
	open := template("AWS::S3::Bucket", object.union(bucket, {"AccessControl": "PublicRead"}))
	making.rules(cloudformation.deny) == {"s3-public-acl"} with input as open
}

test_a_switch_that_is_known_later_is_believed if {
	later := {"PublicAccessBlockConfiguration": {"BlockPublicAcls": {"Fn::If": ["c", true, false]}}}
	count(cloudformation.deny) == 0 with input as template("AWS::S3::Bucket", object.union(bucket, later))
}

test_nothing_but_https_is_open if {
	open := {"CidrIp": "0.0.0.0/0", "FromPort": 22, "ToPort": 22}
	group := template("AWS::EC2::SecurityGroup", {"SecurityGroupIngress": [open]})
	making.rules(cloudformation.deny) == {"open-network"} with input as group
	making.rules(cloudformation.deny) == {"open-network"} with input as template("AWS::EC2::SecurityGroupIngress", open)
	web := object.union(open, {"FromPort": 443, "ToPort": 443})
	count(cloudformation.deny) == 0 with input as template("AWS::EC2::SecurityGroupIngress", web)
	inside := object.union(open, {"CidrIp": "10.0.0.0/8"})
	count(cloudformation.deny) == 0 with input as template("AWS::EC2::SecurityGroupIngress", inside)
}

test_logs_are_not_kept_for_ever if {
	making.rules(cloudformation.deny) == {"log-retention"} with input as template("AWS::Logs::LogGroup", {"KmsKeyId": key})
}

test_the_clouds_own_key_is_not_ones_own if {
	making.rules(cloudformation.deny) == {"kms-key"} with input as template("AWS::SQS::Queue", {"KmsMasterKeyId": "alias/aws/sqs"})
	count(cloudformation.deny) == 0 with input as template("AWS::SQS::Queue", {"KmsMasterKeyId": {"Ref": "Key"}})
}

test_properties_that_are_not_written_are_none if {
	given := [{"path": "a.template.yaml", "contents": {"Resources": {
		"One": {"Type": "AWS::SQS::Queue", "Properties": null},
		"Two": {"Type": "AWS::SQS::Queue"},
	}}}]
	count(cloudformation.deny) == 4 with input as given
}

test_volumes_of_an_instance_are_encrypted if {
	plain := {"BlockDeviceMappings": [{"DeviceName": "/dev/sdm", "Ebs": {"Encrypted": false}}]}
	making.rules(cloudformation.deny) == {"kms-key"} with input as template("AWS::EC2::Instance", plain)
	fine := {"BlockDeviceMappings": [{"DeviceName": "/dev/sdm", "Ebs": {"Encrypted": true}}, {"DeviceName": "/dev/sdn"}]}
	count(cloudformation.deny) == 0 with input as template("AWS::EC2::Instance", fine)
}
