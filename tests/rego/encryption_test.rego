package lockstep.encryption_test

import data.lockstep.encryption
import data.lockstep.making
import rego.v1

key := "arn:aws:kms:ca-central-1:111122223333:key/one"

test_every_type_names_its_key if {
	every type, wanted in encryption.keys {
		count(encryption.deny) == 1 with input as making.hcl(type, {})
		count(encryption.deny) == 0 with input as making.hcl(type, object.union(switched(type), values(wanted)))
		count(encryption.deny) == 1 with input as making.plan(type, {wanted.key: null}, {})
	}
}

test_a_key_that_is_known_later_is_one if {
	count(encryption.deny) == 0 with input as making.hcl("aws_sqs_queue", {"kms_master_key_id": "${aws_kms_key.one.arn}"})
	count(encryption.deny) == 0 with input as making.plan("aws_sqs_queue", {}, {"kms_master_key_id": true})
}

test_a_key_without_the_switch_is_not_used if {
	every type, switch in encryption.switches {
		given := making.hcl(type, values(encryption.keys[type]))
		some found in encryption.deny with input as given
		endswith(found.msg, switch)
	}
}

test_a_bucket_is_encrypted_by_a_rule_beside_it_or_in_it if {
	making.rules(encryption.deny) == {"kms-key"} with input as making.hcl("aws_s3_bucket", {})
	rule := {"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "aws:kms", "kms_master_key_id": key}]}]}
	beside := object.union(rule, {"bucket": "${aws_s3_bucket.one.id}"})
	count(encryption.deny) == 0 with input as making.pair("aws_s3_bucket", {}, configuration, beside)
	inside := {"server_side_encryption_configuration": [rule]}
	count(encryption.deny) == 0 with input as making.hcl("aws_s3_bucket", inside)
}

test_the_clouds_own_key_is_not_enough_for_a_bucket if {
	rule := {"rule": [{"apply_server_side_encryption_by_default": [{"sse_algorithm": "AES256"}]}]}
	beside := object.union(rule, {"bucket": "${aws_s3_bucket.one.id}"})
	count(encryption.deny) == 1 with input as making.pair("aws_s3_bucket", {}, configuration, beside)
}

test_the_clouds_own_key_is_not_ones_own if {
	every name in ["alias/aws/sqs", "arn:aws:kms:ca-central-1:111122223333:alias/aws/sqs"] {
		count(encryption.deny) == 1 with input as making.hcl("aws_sqs_queue", {"kms_master_key_id": name})
	}
	count(encryption.deny) == 0 with input as making.hcl("aws_sqs_queue", {"kms_master_key_id": "alias/orders"})
}

configuration := "aws_s3_bucket_server_side_encryption_configuration"

values(wanted) := {wanted.key: key} if wanted.block == ""

values(wanted) := {wanted.block: [{wanted.key: key}]} if wanted.block != ""

switched(type) := {encryption.switches[type]: true} if encryption.switches[type]

switched(type) := {} if not encryption.switches[type]
