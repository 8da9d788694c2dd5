# No bucket is open to the public, by its own ACL or for want of a block.
package lockstep.storage

import data.lockstep.resources
import rego.v1

public_acls := {"public-read", "public-read-write", "authenticated-read", "website"}

switches := {"block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"}

deny contains found if {
	some resource in resources.all
	resource.type in {"aws_s3_bucket", "aws_s3_bucket_acl"}
	resource.values.acl in public_acls
	message := sprintf("%s.%s is open to the public: its ACL is %s", [resource.type, resource.name, resource.values.acl])
	found := resources.finding(resource, "s3-public-acl", message)
}

deny contains found if {
	some resource in resources.all
	resource.type == "aws_s3_bucket"
	count(resources.about(resource, "aws_s3_bucket_public_access_block", "bucket")) == 0
	not for_the_account(resource.folder)
	message := sprintf("aws_s3_bucket.%s has no aws_s3_bucket_public_access_block", [resource.name])
	found := resources.finding(resource, "s3-public-access-block", message)
}

deny contains found if {
	some resource in resources.all
	resource.type in {"aws_s3_bucket_public_access_block", "aws_s3_account_public_access_block"}
	off := {switch | some switch in switches; not resources.on(resource.values, switch)}
	count(off) > 0
	message := sprintf("%s.%s lets the public in: %s must be true", [resource.type, resource.name, concat(", ", sort(off))])
	found := resources.finding(resource, "s3-public-access-block", message)
}

for_the_account(folder) if {
	some resource in resources.all
	resource.type == "aws_s3_account_public_access_block"
	resource.folder == folder
}
