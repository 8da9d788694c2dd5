package lockstep.storage_test

import data.lockstep.making
import data.lockstep.storage
import rego.v1

closed := {"block_public_acls": true, "block_public_policy": true, "ignore_public_acls": true, "restrict_public_buckets": true}

about := object.union(closed, {"bucket": "${aws_s3_bucket.one.id}"})

test_a_blocked_bucket_is_fine if {
	given := making.pair("aws_s3_bucket", {}, "aws_s3_bucket_public_access_block", about)
	count(storage.deny) == 0 with input as given
}

test_a_bucket_without_a_block_is_not if {
	making.rules(storage.deny) == {"s3-public-access-block"} with input as making.hcl("aws_s3_bucket", {})
}

test_a_block_for_the_account_is_one_for_the_bucket if {
	given := making.pair("aws_s3_bucket", {}, "aws_s3_account_public_access_block", closed)
	count(storage.deny) == 0 with input as given
}

test_each_switch_must_be_on if {
	every switch in storage.switches {
		off := object.union(closed, {switch: false})
		some found in storage.deny with input as making.hcl("aws_s3_bucket_public_access_block", off)
		contains(found.msg, switch)
		absent := object.remove(closed, [switch])
		count(storage.deny) == 1 with input as making.hcl("aws_s3_bucket_public_access_block", absent)
	}
}

test_a_switch_that_is_known_later_is_believed if {
	later := object.union(closed, {"block_public_acls": "${var.closed}"})
	count(storage.deny) == 0 with input as making.hcl("aws_s3_bucket_public_access_block", later)
}

test_public_acls_are_refused if {
	every acl in storage.public_acls {
		making.rules(storage.deny) == {"s3-public-acl"} with input as making.hcl("aws_s3_bucket_acl", {"acl": acl})
	}
	count(storage.deny) == 0 with input as making.hcl("aws_s3_bucket_acl", {"acl": "private"})
	making.rules(storage.deny) == {"s3-public-acl"} with input as making.plan("aws_s3_bucket_acl", {"acl": "public-read"}, {})
}
