# What is stored is encrypted with a key of one's own, so that access to the key can be taken away.
package lockstep.encryption

import data.lockstep.resources
import rego.v1

# Where a type names its key: an attribute, inside a block for some.
keys := {
	"aws_backup_vault": {"block": "", "key": "kms_key_arn"},
	"aws_cloudtrail": {"block": "", "key": "kms_key_id"},
	"aws_cloudwatch_log_group": {"block": "", "key": "kms_key_id"},
	"aws_db_instance": {"block": "", "key": "kms_key_id"},
	"aws_docdb_cluster": {"block": "", "key": "kms_key_id"},
	"aws_dynamodb_table": {"block": "server_side_encryption", "key": "kms_key_arn"},
	"aws_ebs_volume": {"block": "", "key": "kms_key_id"},
	"aws_ecr_repository": {"block": "encryption_configuration", "key": "kms_key"},
	"aws_efs_file_system": {"block": "", "key": "kms_key_id"},
	"aws_elasticache_replication_group": {"block": "", "key": "kms_key_id"},
	"aws_elasticsearch_domain": {"block": "encrypt_at_rest", "key": "kms_key_id"},
	"aws_kinesis_stream": {"block": "", "key": "kms_key_id"},
	"aws_msk_cluster": {"block": "encryption_info", "key": "encryption_at_rest_kms_key_arn"},
	"aws_neptune_cluster": {"block": "", "key": "kms_key_arn"},
	"aws_opensearch_domain": {"block": "encrypt_at_rest", "key": "kms_key_id"},
	"aws_rds_cluster": {"block": "", "key": "kms_key_id"},
	"aws_redshift_cluster": {"block": "", "key": "kms_key_id"},
	"aws_secretsmanager_secret": {"block": "", "key": "kms_key_id"},
	"aws_sns_topic": {"block": "", "key": "kms_master_key_id"},
	"aws_sqs_queue": {"block": "", "key": "kms_master_key_id"},
}

# Switches without which the key is not used.
switches := {
	"aws_db_instance": "storage_encrypted",
	"aws_docdb_cluster": "storage_encrypted",
	"aws_ebs_volume": "encrypted",
	"aws_efs_file_system": "encrypted",
	"aws_neptune_cluster": "storage_encrypted",
	"aws_rds_cluster": "storage_encrypted",
	"aws_redshift_cluster": "encrypted",
}

deny contains found if {
	some resource in resources.all
	wanted := keys[resource.type]
	not keyed(resource.values, wanted)
	message := sprintf("%s.%s is not encrypted with a KMS key: set %s", [resource.type, resource.name, wanted.key])
	found := resources.finding(resource, "kms-key", message)
}

deny contains found if {
	some resource in resources.all
	switch := switches[resource.type]
	keyed(resource.values, keys[resource.type])
	not resources.on(resource.values, switch)
	message := sprintf("%s.%s is not encrypted: set %s", [resource.type, resource.name, switch])
	found := resources.finding(resource, "kms-key", message)
}

deny contains found if {
	some resource in resources.all
	resource.type == "aws_s3_bucket"
	not bucket_keyed(resource)
	message := sprintf("aws_s3_bucket.%s is not encrypted with a KMS key: %s", [
		resource.name,
		"give it an aws_s3_bucket_server_side_encryption_configuration with kms_master_key_id",
	])
	found := resources.finding(resource, "kms-key", message)
}

keyed(values, wanted) if {
	wanted.block == ""
	ones_own(object.get(values, wanted.key, ""))
}

keyed(values, wanted) if {
	some block in resources.blocks(values, wanted.block)
	ones_own(object.get(block, wanted.key, ""))
}

bucket_keyed(resource) if {
	some other in resources.about(resource, "aws_s3_bucket_server_side_encryption_configuration", "bucket")
	rule_keyed(other.values)
}

bucket_keyed(resource) if {
	some block in resources.blocks(resource.values, "server_side_encryption_configuration")
	rule_keyed(block)
}

rule_keyed(values) if {
	some rule in resources.blocks(values, "rule")
	some chosen in resources.blocks(rule, "apply_server_side_encryption_by_default")
	ones_own(object.get(chosen, "kms_master_key_id", ""))
}

# The cloud's own keys have names under aws/: nobody here decides over them.
ones_own(key) if {
	not key in {"", null}
	not regex.match(`(^|[:/])alias/aws/`, sprintf("%v", [key]))
}
